/**
 * The Java-threads backend: one pool of threads per backend, and programs that run over it.
 *
 * <pre>
 * ThreadsProgram.begin, span by span of a batch, stage by stage
 *   ├─ TokenwiseStage ─▶ WorkerPool.run ─▶ Embedding, Normalization, Projection, Rotation
 *   │                                         one after the other, by blocks of tokens
 *   ├─ AttendStage ────▶ WorkerPool.run ─▶ HeadAttention    by AttentionPieces: heads, query ranges
 *   └─ ScoreStage ─────▶ WorkerPool.run ─▶ ScoreTable       by blocks of rows and segments of ids
 * </pre>
 *
 * <p>{@code KernelChoice} takes the inner loops in one of two styles, once per JVM: those of {@code
 * internal.vector} on {@code jdk.incubator.vector}, or those of {@code internal.plain}. Both give
 * the same bits.
 */
package io.github.sparkattention.kernels.threads;
