/**
 * The Java-threads backend: one pool of threads per backend, and a layer that runs over it.
 *
 * <pre>
 * ThreadsLayer.forward, pass by pass
 *   ├─ WorkerPool.run ─▶ Projection.apply       tokens ─▶ queries, keys, values
 *   ├─ WorkerPool.run ─▶ HeadAttention.attend   queries, keys, values ─▶ joined heads
 *   └─ WorkerPool.run ─▶ Projection.apply       joined heads ─▶ context vectors
 * </pre>
 *
 * <p>{@code Kernels} makes the projections and the attention in one of two styles, which {@code
 * KernelChoice} takes once per JVM: the classes named Vector on {@code jdk.incubator.vector}, and
 * the classes named Plain for the JIT's loop vectorizer. Both give the same bits.
 */
package io.github.sparkattention.kernels.threads;
