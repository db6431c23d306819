package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.Linear;
import java.util.Arrays;

/**
 * A {@link Linear} laid out for {@link Gemm}: W transposed and cut into panels of columns that stay
 * in a core's cache while a block of tokens goes through.
 */
final class PackedLinear {
  private static final int PANEL = 128;

  private final Linear linear;

  /** [panel][input][column of the panel]. */
  private final float[][][] panels;

  PackedLinear(Linear linear) {
    this.linear = linear;
    int out = linear.outFeatures();
    panels = new float[(out + PANEL - 1) / PANEL][linear.inFeatures()][];
    for (int p = 0; p < panels.length; p++) {
      int first = p * PANEL;
      int columns = Math.min(PANEL, out - first);
      for (int k = 0; k < linear.inFeatures(); k++) {
        float[] row = new float[columns];
        for (int c = 0; c < columns; c++) {
          row[c] = linear.weight()[(first + c) * linear.inFeatures() + k];
        }
        panels[p][k] = row;
      }
    }
  }

  int outFeatures() {
    return linear.outFeatures();
  }

  /**
   * y = (W x + b) · factor for some tokens.
   *
   * @param x [total, inFeatures]
   * @param y [total, outFeatures]
   * @param firstToken index of the first token
   * @param endToken index after the last token
   * @param factor what each result is multiplied by, after its sum is complete
   */
  void apply(float[] x, float[] y, int firstToken, int endToken, float factor) {
    float[][] rows = new float[Gemm.ROWS][PANEL];
    int in = linear.inFeatures();
    for (int p = 0; p < panels.length; p++) {
      int first = p * PANEL;
      int columns = panels[p][0].length;
      for (int t = firstToken; t < endToken; t += Gemm.ROWS) {
        int numRows = Math.min(Gemm.ROWS, endToken - t);
        for (int r = 0; r < numRows; r++) {
          start(rows[r], first, columns);
        }
        Gemm.accumulate(x, t * in, in, numRows, panels[p], in, rows, 0, columns);
        for (int r = 0; r < numRows; r++) {
          int at = (t + r) * linear.outFeatures() + first;
          for (int c = 0; c < columns; c++) {
            y[at + c] = rows[r][c] * factor;
          }
        }
      }
    }
  }

  /** Sums start from the bias, so that it costs no addition of its own. */
  private void start(float[] row, int first, int columns) {
    if (linear.hasBias()) {
      System.arraycopy(linear.bias(), first, row, 0, columns);
    } else {
      Arrays.fill(row, 0, columns, 0f);
    }
  }
}
