package io.github.sparkattention.kernels.models;

/** How far values are from expected ones, without the cost of an assertion for each. */
final class Errors {
  private Errors() {}

  /** The largest difference. */
  static double absolute(float[] actual, int first, float[] expected) {
    double largest = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = largest(largest, Math.abs((double) actual[first + i] - expected[i]));
    }
    return largest;
  }

  /** The largest difference relative to the largest magnitude of its row. */
  static double relative(float[] actual, int first, double[][] expected) {
    double largest = 0;
    int at = first;
    for (double[] row : expected) {
      double difference = 0;
      double magnitude = 0;
      for (double value : row) {
        difference = largest(difference, Math.abs(actual[at++] - value));
        magnitude = Math.max(magnitude, Math.abs(value));
      }
      largest = largest(largest, difference / magnitude);
    }
    return largest;
  }

  /** Rows of a matrix. */
  static double[][] rows(float[] values, int width) {
    double[][] rows = new double[values.length / width][width];
    for (int i = 0; i < values.length; i++) {
      rows[i / width][i % width] = values[i];
    }
    return rows;
  }

  /** NaN is farther off than any number. */
  private static double largest(double a, double b) {
    return Double.isNaN(b) ? Double.POSITIVE_INFINITY : Math.max(a, b);
  }
}
