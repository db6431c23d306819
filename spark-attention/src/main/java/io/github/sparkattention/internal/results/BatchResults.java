package io.github.sparkattention.internal.results;

/**
 * What was computed of a batch's sequences: for each output of the program an array, in which one
 * sequence follows another.
 */
public interface BatchResults {
  /** The number of tokens of a sequence. */
  int length(int sequence);

  /**
   * The values of an output.
   *
   * @param output index of the output
   * @return the array, laid out as {@link io.github.sparkattention.kernels.Output} says
   */
  float[] values(int output);

  /**
   * Where a sequence's values of an output start.
   *
   * @param output index of the output
   * @param sequence index of the sequence
   * @return index in {@link #values}
   */
  int offset(int output, int sequence);
}
