package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.PackedSequences;

/** Whether two contenders give the same numbers: who computes something else needs no timing. */
final class Agreement {
  private static final double TOLERANCE = 1e-4;

  private Agreement() {}

  /**
   * Compares context vectors, each relative to its own largest magnitude.
   *
   * @throws DisagreementException if one is off, or holds a value that is no number
   */
  static void check(
      String benchmarkCase,
      int width,
      PackedSequences sequences,
      float[] expected,
      String contender,
      float[] actual) {
    for (int s = 0; s < sequences.count(); s++) {
      for (int t = 0; t < sequences.length(s); t++) {
        double error = relativeError(expected, actual, (sequences.offset(s) + t) * width, width);
        // The negation also catches NaN.
        if (!(error <= TOLERANCE)) {
          throw new DisagreementException(
              String.format(
                  "Case %s: %s must agree with this project within %.0e, but row %d, token %d is"
                      + " off by %.1e of its largest magnitude.",
                  benchmarkCase, contender, TOLERANCE, s, t, error));
        }
      }
    }
  }

  private static double relativeError(float[] expected, float[] actual, int start, int width) {
    double largest = 0;
    double difference = 0;
    for (int i = start; i < start + width; i++) {
      // Unlike a comparison, Math.max keeps a NaN.
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
    }
    return difference == 0 ? 0 : difference / largest;
  }
}
