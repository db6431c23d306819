/**
 * Batched attention on packed floats, without Spark: settings, weights, and the backends that
 * compute.
 *
 * <pre>
 * AttentionConfig, AttentionWeights ──Backends.open──▶ AttentionBackend.prepare ──▶ AttentionLayer
 * PackedSequences ──AttentionLayer.forward──▶ AttentionOutput
 * </pre>
 *
 * <p>The numeric contract: a sequence's result is a function of its tokens, the weights and the
 * configuration alone, to the last bit. Every product that is summed is a fused multiply-add; every
 * element is summed over k in ascending order in one accumulator; the softmax runs over blocks of
 * {@link io.github.sparkattention.kernels.ContractMath#KEY_BLOCK} keys counted from the sequence's
 * start; elementary functions are those of {@link io.github.sparkattention.kernels.ContractMath}.
 * Parallelism goes across elements, never across k.
 */
package io.github.sparkattention.kernels;
