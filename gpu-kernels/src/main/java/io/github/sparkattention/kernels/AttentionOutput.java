package io.github.sparkattention.kernels;

import java.util.Objects;

/**
 * The arrays that a forward pass fills. They belong to the caller, and may be longer than needed.
 *
 * @param context receives the context vectors [total, dOut], row-major
 * @param weights receives the attention weights, or null if they are not wanted: sequence after
 *     sequence, each [numHeads, n, n] row-major, 0 where the mask hides a key
 * @param logSumExp receives the log-sum-exps, or null if they are not wanted: sequence after
 *     sequence, each [numHeads, n] row-major, the natural logarithm of the sum of exp(score) over
 *     the keys that a query sees, where scores are scaled and capped; minus infinity where it sees
 *     none. Dropout does not show in them
 */
// The arrays are borrowed buffers; nobody compares two outputs.
@SuppressWarnings("ArrayRecordComponent")
public record AttentionOutput(float[] context, float[] weights, float[] logSumExp) {

  /**
   * Validates the components.
   *
   * @param context the component {@link #context}
   * @param weights the component {@link #weights}
   * @param logSumExp the component {@link #logSumExp}
   */
  public AttentionOutput {
    Objects.requireNonNull(context, "context");
  }

  /**
   * Asks for context vectors and attention weights.
   *
   * @param context receives the context vectors [total, dOut], row-major
   * @param weights receives the attention weights, or null if they are not wanted
   */
  public AttentionOutput(float[] context, float[] weights) {
    this(context, weights, null);
  }

  /**
   * Asks for context vectors alone.
   *
   * @param context receives the context vectors [total, dOut], row-major
   * @return the output
   */
  public static AttentionOutput context(float[] context) {
    return new AttentionOutput(context, null, null);
  }

  /**
   * The number of attention weights of a batch.
   *
   * @param sequences the batch
   * @param numHeads number of query heads
   * @return the sum over the sequences of numHeads · n · n
   */
  public static long weightsLength(PackedSequences sequences, int numHeads) {
    long length = 0;
    for (int s = 0; s < sequences.count(); s++) {
      length += (long) numHeads * sequences.length(s) * sequences.length(s);
    }
    return length;
  }

  /**
   * Checks a batch against a layer's settings and these arrays. Backends call this first.
   *
   * @param config the settings of the layer
   * @param sequences the batch
   * @param dropout the dropout draws
   * @throws IllegalArgumentException if they don't fit; the message says what was expected
   */
  public void check(AttentionConfig config, PackedSequences sequences, Dropout dropout) {
    if (sequences.width() != config.dIn()) {
      throw new IllegalArgumentException(
          String.format(
              "a token must have %d values (dIn), but has %d", config.dIn(), sequences.width()));
    }
    for (int s = 0; s < sequences.count(); s++) {
      if (config.contextLength() > 0 && sequences.length(s) > config.contextLength()) {
        throw new IllegalArgumentException(
            String.format(
                "sequence %d has %d tokens, more than the context length of %d",
                s, sequences.length(s), config.contextLength()));
      }
    }
    atLeast("context vectors", context.length, (long) sequences.total() * config.dOut());
    if (weights != null) {
      atLeast("attention weights", weights.length, weightsLength(sequences, config.numHeads()));
    }
    if (logSumExp != null) {
      atLeast("log-sum-exp", logSumExp.length, (long) sequences.total() * config.numHeads());
    }
    if (dropout.isActive() && dropout.count() < sequences.count()) {
      throw new IllegalArgumentException(
          String.format(
              "dropout needs one key per sequence, but there are %d keys for %d sequences",
              dropout.count(), sequences.count()));
    }
  }

  private static void atLeast(String what, int found, long needed) {
    if (found < needed) {
      throw new IllegalArgumentException(
          String.format("the batch has %d %s values, but the array %d", needed, what, found));
    }
  }
}
