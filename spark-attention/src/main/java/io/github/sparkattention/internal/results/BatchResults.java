package io.github.sparkattention.internal.results;

/** What was computed of a batch's sequences, one after another in the arrays of each kind. */
public interface BatchResults {
  /** The number of tokens of a sequence. */
  int length(int sequence);

  /** Context vectors, row-major. */
  float[] context();

  /** Where a sequence's context vectors start. */
  int contextOffset(int sequence);

  /** Attention weights, each sequence's [heads, n, n]. */
  float[] weights();

  /** Where a sequence's attention weights start. */
  int weightOffset(int sequence);

  /** Log-sum-exps, each sequence's [heads, n]. */
  float[] logSumExp();

  /** Where a sequence's log-sum-exps start. */
  int logSumExpOffset(int sequence);
}
