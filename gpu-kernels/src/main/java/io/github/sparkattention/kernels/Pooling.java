package io.github.sparkattention.kernels;

/**
 * How the vectors of a sequence's tokens become one. Sums run in double, in the tokens' order, so
 * that the result has the same bits wherever it is computed.
 */
public enum Pooling {
  /** The last token's vector. */
  LAST,

  /** The mean of all tokens' vectors. */
  MEAN,

  /** The largest of all tokens' vectors, value by value. */
  MAX,

  /** The first token's vector: that of [CLS]. */
  CLS;

  /** What a vector's length is at least, when it is divided by it. */
  private static final double LEAST_LENGTH = 1e-12;

  /**
   * Pools a sequence.
   *
   * @param vectors the tokens' vectors [numTokens, width], row-major
   * @param offset where the first one begins
   * @param numTokens number of tokens, at least 1
   * @param width values per vector
   * @param normalize whether the result is divided by its Euclidean length, or by 1e-12 if that is
   *     less
   * @return the vector of the sequence
   */
  public float[] pool(float[] vectors, int offset, int numTokens, int width, boolean normalize) {
    double[] pooled = new double[width];
    for (int d = 0; d < width; d++) {
      int last = offset + (numTokens - 1) * width + d;
      pooled[d] =
          switch (this) {
            case LAST -> vectors[last];
            case CLS -> vectors[offset + d];
            case MEAN, MAX -> all(vectors, offset + d, last, width);
          };
    }
    double length = 1;
    if (normalize) {
      double squares = 0;
      for (double value : pooled) {
        squares += value * value;
      }
      length = Math.max(Math.sqrt(squares), LEAST_LENGTH);
    }
    float[] result = new float[width];
    for (int d = 0; d < width; d++) {
      result[d] = (float) (pooled[d] / length);
    }
    return result;
  }

  private double all(float[] vectors, int first, int last, int width) {
    double value = vectors[first];
    for (int i = first + width; i <= last; i += width) {
      value = this == MEAN ? value + vectors[i] : Math.max(value, vectors[i]);
    }
    return this == MEAN ? value / ((last - first) / width + 1) : value;
  }
}
