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
 * <p>{@code Kernels} makes the inner loops in one of two styles, which {@code KernelChoice} takes
 * once per JVM: the classes named Vector on {@code jdk.incubator.vector}, and the classes named
 * Plain for the JIT's loop vectorizer. Both give the same bits.
 */
package io.github.sparkattention.kernels.threads;
