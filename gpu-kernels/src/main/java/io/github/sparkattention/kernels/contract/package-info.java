/**
 * What decides every bit, whatever computes: formulas, orders, and the oracle.
 *
 * <p>The numeric contract: every product that is summed is a fused multiply-add; every element is
 * summed over k in ascending order in one accumulator, and a residual is added once the sum is
 * complete; the softmax runs over blocks of {@link
 * io.github.sparkattention.kernels.contract.ContractMath#KEY_BLOCK} keys counted from the
 * sequence's start, and over blocks of as many ids of a vocabulary; a norm's sums run in sixteen
 * accumulators that are joined as a fixed tree; elementary functions are those of {@link
 * io.github.sparkattention.kernels.contract.ContractMath}. Parallelism goes across elements, never
 * across k.
 *
 * <p>{@link io.github.sparkattention.kernels.contract.ContractProgram} is the contract written out;
 * {@link io.github.sparkattention.kernels.contract.ReferenceProgram} computes the same in double
 * precision, to be read and compared with; {@link
 * io.github.sparkattention.kernels.contract.TorchRandom} draws what PyTorch draws.
 */
package io.github.sparkattention.kernels.contract;
