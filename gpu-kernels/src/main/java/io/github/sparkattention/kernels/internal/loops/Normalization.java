package io.github.sparkattention.kernels.internal.loops;

import io.github.sparkattention.kernels.Norm;
import io.github.sparkattention.kernels.contract.ContractMath;

/** The norm of each token's values. Any thread may call it. */
public abstract class Normalization {
  private static final int ACCUMULATORS = ContractMath.ACCUMULATORS;

  private final Norm norm;
  private final float inverseWidth;

  /** Values per token. */
  public final int width;

  public final float[] gain;

  /** Zeros where there is no shift. */
  public final float[] shift;

  public Normalization(Norm norm, float[] gain, float[] shift) {
    this.norm = norm;
    this.width = gain.length;
    this.gain = gain;
    this.shift = shift == null ? new float[width] : shift;
    inverseWidth = (float) (1.0 / width);
  }

  /**
   * Normalizes some tokens.
   *
   * @param x rows of values
   * @param xOffset where the first token begins in x
   * @param count number of tokens
   * @param y receives rows of values
   * @param yOffset where the first token begins in y
   */
  public final void apply(float[] x, int xOffset, int count, float[] y, int yOffset) {
    float[] sums = new float[ACCUMULATORS];
    for (int t = 0; t < count; t++) {
      int from = xOffset + t * width;
      float mean = 0f;
      if (norm.kind() == Norm.Kind.LAYER) {
        sum(x, from, sums);
        mean = Math.fma(ContractMath.join(sums), inverseWidth, 0f);
      }
      sumSquares(x, from, mean, sums);
      float variance = Math.fma(ContractMath.join(sums), inverseWidth, norm.epsilon());
      write(x, from, mean, ContractMath.rsqrt(variance), y, yOffset + t * width);
    }
  }

  /** Sums a row: value k goes to sum k mod 16, in ascending order. */
  protected abstract void sum(float[] x, int from, float[] sums);

  /** Sums the squares of a row's distances from its mean, as {@link #sum} sums. */
  protected abstract void sumSquares(float[] x, int from, float mean, float[] sums);

  /** Writes a row: (x - mean) · factor · gain + shift. */
  protected abstract void write(float[] x, int from, float mean, float factor, float[] y, int to);
}
