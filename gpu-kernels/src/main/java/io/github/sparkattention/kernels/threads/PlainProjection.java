package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.Linear;
import java.util.Arrays;

/**
 * Projections in plain Java: each W is transposed and cut into panels of columns that stay in a
 * core's cache while a block of tokens goes through.
 */
final class PlainProjection implements Projection {
  private static final int PANEL = 128;

  private final Linear[] linears;

  /** [map][panel][input][column of the panel]. */
  private final float[][][][] panels;

  PlainProjection(Linear... linears) {
    this.linears = linears;
    panels = new float[linears.length][][][];
    for (int m = 0; m < linears.length; m++) {
      panels[m] = pack(linears[m]);
    }
  }

  private static float[][][] pack(Linear linear) {
    int out = linear.outFeatures();
    float[][][] panels = new float[(out + PANEL - 1) / PANEL][linear.inFeatures()][];
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
    return panels;
  }

  @Override
  public void apply(float[] x, int xToken, int count, float[][] y, int yToken, float[] factors) {
    float[][] rows = new float[PlainGemm.ROWS][PANEL];
    for (int m = 0; m < linears.length; m++) {
      int in = linears[m].inFeatures();
      int out = linears[m].outFeatures();
      for (int p = 0; p < panels[m].length; p++) {
        int columns = panels[m][p][0].length;
        for (int t = 0; t < count; t += PlainGemm.ROWS) {
          int numRows = Math.min(PlainGemm.ROWS, count - t);
          for (int r = 0; r < numRows; r++) {
            start(linears[m], rows[r], p * PANEL, columns);
          }
          PlainGemm.accumulate(
              x, (xToken + t) * in, in, numRows, panels[m][p], in, rows, 0, columns);
          for (int r = 0; r < numRows; r++) {
            store(rows[r], y[m], (yToken + t + r) * out + p * PANEL, columns, factors[m]);
          }
        }
      }
    }
  }

  private static void store(float[] row, float[] y, int at, int columns, float factor) {
    for (int c = 0; c < columns; c++) {
      y[at + c] = row[c] * factor;
    }
  }

  /** Sums start from the bias, so that it costs no addition of its own. */
  private static void start(Linear linear, float[] row, int first, int columns) {
    if (linear.hasBias()) {
      System.arraycopy(linear.bias(), first, row, 0, columns);
    } else {
      Arrays.fill(row, 0, columns, 0f);
    }
  }
}
