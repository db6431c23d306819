package io.github.sparkattention.kernels.internal.plain;

import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.contract.ContractMath;
import io.github.sparkattention.kernels.internal.loops.Projection;
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

  private final Activation activation;

  PlainProjection(List<Linear> linears, Activation activation) {
    this.activation = activation;
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
      float[] x, int xOffset, int count, float[] y, int yOffset, Beside gate, Beside residual) {
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
          finish(rows[r], columns, at, gate, residual);
          System.arraycopy(rows[r], 0, y, yOffset + at, columns);
        }
      }
    }
  }

  /** Makes results of the sums of a row. */
  private void finish(float[] row, int columns, int at, Beside gate, Beside residual) {
    if (activation != Activation.NONE) {
      for (int c = 0; c < columns; c++) {
        row[c] = ContractMath.activate(activation, row[c]);
      }
    }
    if (gate.isThere()) {
      float[] other = gate.values();
      int from = gate.offset() + at;
      for (int c = 0; c < columns; c++) {
        row[c] = Math.fma(row[c], other[from + c], 0f);
      }
    }
    if (residual.isThere()) {
      float[] other = residual.values();
      int from = residual.offset() + at;
      for (int c = 0; c < columns; c++) {
        row[c] += other[from + c];
      }
    }
  }
}
