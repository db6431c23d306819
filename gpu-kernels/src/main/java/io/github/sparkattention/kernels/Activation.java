package io.github.sparkattention.kernels;

/**
 * A function of each value that a projection gives. {@code ContractMath} in the package {@code
 * contract} has the formulas.
 */
public enum Activation {
  /** y = x. */
  NONE,

  /** y = x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))), as GPT-2 has it. */
  GELU_TANH,

  /** y = x / 2 · (1 + erf(x / √2)), as BERT has it. */
  GELU_ERF,

  /** y = x / (1 + exp(-x)), as Llama has it. */
  SILU,

  /** y = max(x, 0). */
  RELU
}
