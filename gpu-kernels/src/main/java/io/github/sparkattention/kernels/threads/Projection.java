package io.github.sparkattention.kernels.threads;

/**
 * Affine maps of the same tokens, their results side by side: y = W x + b, plus a residual. Any
 * thread may call it.
 */
interface Projection {

  /**
   * Maps some tokens.
   *
   * @param x rows of inFeatures values
   * @param xOffset where the first token begins in x
   * @param count number of tokens
   * @param y receives rows of as many values as all maps give
   * @param yOffset where the first token's row begins in y
   * @param residual rows as wide as those of y, added to complete sums, or null; may be y itself
   * @param residualOffset where the first token's row begins in the residual
   */
  void apply(
      float[] x,
      int xOffset,
      int count,
      float[] y,
      int yOffset,
      float[] residual,
      int residualOffset);
}
