package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.Linear;
import java.util.List;

/**
 * Projections in plain Java: W is transposed and cut into panels of columns that stay in a core's
 * cache while a block of tokens goes through.
 */
final class PlainProjection implements Projection {
  private static final int PANEL = 128;

  private final int in;
  private final int width;

  /** [panel][input][column of the panel]. */
  private final float[][][] panels;

  /** [panel][column of the panel]: sums start from it, so that it costs no addition of its own. */
  private final float[][] biases;

  PlainProjection(List<Linear> linears) {
    in = linears.get(0).inFeatures();
    width = linears.stream().mapToInt(Linear::outFeatures).sum();
    panels = new float[(width + PANEL - 1) / PANEL][in][];
    biases = new float[panels.length][];
    for (int p = 0; p < panels.length; p++) {
      int columns = Math.min(PANEL, width - p * PANEL);
      biases[p] = new float[columns];
      for (int k = 0; k < in; k++) {
        panels[p][k] = new float[columns];
      }
    }
    int column = 0;
    for (Linear linear : linears) {
      for (int o = 0; o < linear.outFeatures(); o++, column++) {
        float[][] panel = panels[column / PANEL];
        for (int k = 0; k < in; k++) {
          panel[k][column % PANEL] = linear.weight()[o * in + k];
        }
        biases[column / PANEL][column % PANEL] = linear.hasBias() ? linear.bias()[o] : 0f;
      }
    }
  }

  @Override
  public void apply(
      float[] x,
      int xOffset,
      int count,
      float[] y,
      int yOffset,
      float[] residual,
      int residualOffset) {
    float[][] rows = new float[PlainGemm.ROWS][PANEL];
    for (int p = 0; p < panels.length; p++) {
      int columns = biases[p].length;
      for (int t = 0; t < count; t += PlainGemm.ROWS) {
        int numRows = Math.min(PlainGemm.ROWS, count - t);
        for (int r = 0; r < numRows; r++) {
          System.arraycopy(biases[p], 0, rows[r], 0, columns);
        }
        PlainGemm.accumulate(x, xOffset + t * in, in, numRows, panels[p], in, rows, 0, columns);
        for (int r = 0; r < numRows; r++) {
          int at = (t + r) * width + p * PANEL;
          if (residual == null) {
            System.arraycopy(rows[r], 0, y, yOffset + at, columns);
          } else {
            add(rows[r], residual, residualOffset + at, y, yOffset + at, columns);
          }
        }
      }
    }
  }

  private static void add(float[] row, float[] residual, int from, float[] y, int to, int columns) {
    for (int c = 0; c < columns; c++) {
      y[to + c] = row[c] + residual[from + c];
    }
  }
}
