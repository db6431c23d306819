/**
 * The Java-threads backend: one pool of threads per backend, and a layer that runs over it.
 *
 * <pre>
 * ThreadsLayer.forward
 *   ├─ WorkerPool.run ─▶ PackedLinear.apply   tokens ─▶ queries, keys, values
 *   ├─ WorkerPool.run ─▶ QueryBlock.attend    queries, keys, values ─▶ joined heads
 *   └─ WorkerPool.run ─▶ PackedLinear.apply   joined heads ─▶ context vectors
 * </pre>
 *
 * <p>Both PackedLinear and QueryBlock spend their time in {@code Gemm}.
 */
package io.github.sparkattention.kernels.threads;
