package io.github.sparkattention.kernels.internal.plain;

import io.github.sparkattention.kernels.Norm;
import io.github.sparkattention.kernels.internal.loops.Normalization;
import java.util.Arrays;

/** Norms in plain Java. */
final class PlainNormalization extends Normalization {
  PlainNormalization(Norm norm, float[] gain, float[] shift) {
    super(norm, gain, shift);
  }

  @Override
  protected void sum(float[] x, int from, float[] sums) {
    Arrays.fill(sums, 0f);
    for (int k = 0; k < width; k++) {
      sums[k % sums.length] += x[from + k];
    }
  }

  @Override
  protected void sumSquares(float[] x, int from, float mean, float[] sums) {
    Arrays.fill(sums, 0f);
    for (int k = 0; k < width; k++) {
      float distance = x[from + k] - mean;
      sums[k % sums.length] = Math.fma(distance, distance, sums[k % sums.length]);
    }
  }

  @Override
  protected void write(float[] x, int from, float mean, float factor, float[] y, int to) {
    for (int k = 0; k < width; k++) {
      y[to + k] = Math.fma((x[from + k] - mean) * factor, gain[k], shift[k]);
    }
  }
}
