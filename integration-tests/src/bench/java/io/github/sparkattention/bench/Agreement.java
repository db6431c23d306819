package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.PackedSequences;
import java.util.List;

/** Whether two contenders give the same numbers: who computes something else needs no timing. */
final class Agreement {
  private static final double TOLERANCE = 1e-4;

  /** Of each value in a vector of length 1. */
  private static final double VECTOR_TOLERANCE = 1e-5;

  private Agreement() {}

  /**
   * Compares vectors of length 1, value by value.
   *
   * @throws DisagreementException if one is missing, is off, or holds a value that is no number
   */
  static void checkVectors(
      String benchmarkCase, List<float[]> expected, String contender, List<float[]> actual) {
    if (expected.size() != actual.size()) {
      throw new DisagreementException(
          String.format(
              "Case %s: %s must give %d vectors, as this project does, but gives %d.",
              benchmarkCase, contender, expected.size(), actual.size()));
    }
    for (int row = 0; row < expected.size(); row++) {
      double difference = difference(expected.get(row), actual.get(row));
      // The negation also catches NaN.
      if (!(difference <= VECTOR_TOLERANCE)) {
        throw new DisagreementException(
            String.format(
                "Case %s: %s must agree with this project within %.0e, but a value of row %d is off"
                    + " by %.1e.",
                benchmarkCase, contender, VECTOR_TOLERANCE, row, difference));
      }
    }
  }

  private static double difference(float[] expected, float[] actual) {
    double difference = expected.length == actual.length ? 0 : Double.NaN;
    for (int i = 0; i < Math.min(expected.length, actual.length); i++) {
      // Unlike a comparison, Math.max keeps a NaN.
      difference = Math.max(difference, Math.abs(expected[i] - actual[i]));
    }
    return difference;
  }

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
