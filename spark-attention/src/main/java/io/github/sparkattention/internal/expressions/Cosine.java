package io.github.sparkattention.internal.expressions;

/**
 * The cosine of the angle between two vectors, in double arithmetic from the first dimension to the
 * last, so that it has the same bits everywhere.
 */
final class Cosine {
  // Squares within these bounds, and their product, are neither rounded to few bits nor infinite.
  private static final double LEAST = 0x1p-480;
  private static final double MOST = 0x1p480;

  private Cosine() {}

  /** The sum of the products of two vectors. */
  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /**
   * The cosine, from -1 to 1; 0 if a vector is all zeros, and NaN if one is not finite.
   *
   * @param a a vector
   * @param aa the sum of its squares, {@code dot(a, a)}
   * @param b another one of the same length
   * @param bb the sum of its squares
   */
  static double of(double[] a, double aa, double[] b, double bb) {
    boolean plain = aa >= LEAST && aa <= MOST && bb >= LEAST && bb <= MOST;
    return plain ? of(dot(a, b), aa, bb) : ofScaled(a, b);
  }

  private static double of(double dot, double aa, double bb) {
    // The root of the product, for of two equal vectors it is exactly aa.
    return Math.max(-1, Math.min(1, dot / Math.sqrt(aa * bb)));
  }

  private static double ofScaled(double[] a, double[] b) {
    double mostA = largest(a);
    double mostB = largest(b);
    if (!Double.isFinite(mostA) || !Double.isFinite(mostB)) {
      return Double.NaN;
    }
    if (mostA == 0 || mostB == 0) {
      return 0;
    }
    double[] scaledA = scaled(a, mostA);
    double[] scaledB = scaled(b, mostB);
    return of(dot(scaledA, scaledB), dot(scaledA, scaledA), dot(scaledB, scaledB));
  }

  private static double largest(double[] values) {
    double most = 0;
    for (double value : values) {
      most = Math.max(most, Math.abs(value));
    }
    return most;
  }

  /** By a power of two, which changes no bit of a value that matters. */
  private static double[] scaled(double[] values, double most) {
    double[] scaled = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      scaled[i] = Math.scalb(values[i], -Math.getExponent(most));
    }
    return scaled;
  }
}
