/**
 * The Java-threads backend: one pool of threads per backend, and programs that run over it.
 *
 * <pre>
 * ThreadsProgram.begin, span by span of a batch, step by step
 *   ├─ Project ─▶ WorkerPool.run ─▶ Projection.apply       by blocks of tokens
 *   └─ Attend ──▶ WorkerPool.run ─▶ HeadAttention.attend   by AttentionPieces: heads, query ranges
 * </pre>
 *
 * <p>{@code Kernels} makes the projections and the attention in one of two styles, which {@code
 * KernelChoice} takes once per JVM: the classes named Vector on {@code jdk.incubator.vector}, and
 * the classes named Plain for the JIT's loop vectorizer. Both give the same bits.
 */
package io.github.sparkattention.kernels.threads;
