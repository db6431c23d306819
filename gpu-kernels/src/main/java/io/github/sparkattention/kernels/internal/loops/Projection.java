package io.github.sparkattention.kernels.internal.loops;

/**
 * Affine maps of the same tokens, their results side by side: y = activation(W x + b) · gate +
 * residual. Any thread may call it.
 */
public interface Projection {

  /**
   * Maps some tokens.
   *
   * @param x rows of inFeatures values
   * @param xOffset where the first token begins in x
   * @param count number of tokens
   * @param y receives rows of as many values as all maps give
   * @param yOffset where the first token's row begins in y
   * @param gate what results are multiplied by, or {@link Beside#NOTHING}; may be y itself
   * @param residual what is added at last, or {@link Beside#NOTHING}; may be y itself
   */
  void apply(
      float[] x, int xOffset, int count, float[] y, int yOffset, Beside gate, Beside residual);

  /**
   * Rows that lie beside those of y and are as wide.
   *
   * @param values the rows, or null
   * @param offset where the first token's row begins
   */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares two
  record Beside(float[] values, int offset) {
    /** No rows. */
    public static final Beside NOTHING = new Beside(null, 0);

    public boolean isThere() {
      return values != null;
    }
  }
}
