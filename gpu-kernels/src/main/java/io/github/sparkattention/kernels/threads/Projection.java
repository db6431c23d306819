package io.github.sparkattention.kernels.threads;

/** One or more maps y = (W x + b) · factor over the same tokens. Any thread may call it. */
interface Projection {

  /**
   * Maps some tokens.
   *
   * @param x [.., inFeatures]
   * @param xToken index in x of the first token
   * @param count number of tokens
   * @param y per map its results [.., outFeatures]
   * @param yToken index in y of the first token
   * @param factors per map what each result is multiplied by, after its sum is complete
   */
  void apply(float[] x, int xToken, int count, float[][] y, int yToken, float[] factors);
}
