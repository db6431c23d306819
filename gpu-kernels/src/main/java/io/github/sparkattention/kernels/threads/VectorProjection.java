package io.github.sparkattention.kernels.threads;

import static io.github.sparkattention.kernels.threads.VectorGemm.COLUMNS;
import static io.github.sparkattention.kernels.threads.VectorGemm.ROWS;

import io.github.sparkattention.kernels.Linear;
import java.util.Arrays;

/**
 * Projections on the Vector API: weights are packed once into panels [panel][k][COLUMNS], tokens
 * once per call into groups [group][k][ROWS] that all maps and panels read.
 */
final class VectorProjection implements Projection {
  private final Linear[] linears;
  private final float[][] panels;
  private final float[][] biases;
  private final int in;

  VectorProjection(Linear... linears) {
    this.linears = linears;
    in = linears[0].inFeatures();
    panels = new float[linears.length][];
    biases = new float[linears.length][];
    for (int m = 0; m < linears.length; m++) {
      Linear linear = linears[m];
      int width = roundUp(linear.outFeatures(), COLUMNS);
      panels[m] = new float[width * in];
      biases[m] = new float[width];
      for (int o = 0; o < linear.outFeatures(); o++) {
        int at = o / COLUMNS * in * COLUMNS + o % COLUMNS;
        for (int k = 0; k < in; k++) {
          panels[m][at + k * COLUMNS] = linear.weight()[o * in + k];
        }
      }
      if (linear.hasBias()) {
        System.arraycopy(linear.bias(), 0, biases[m], 0, linear.outFeatures());
      }
    }
  }

  @Override
  public void apply(float[] x, int xToken, int count, float[][] y, int yToken, float[] factors) {
    int groups = (count + ROWS - 1) / ROWS;
    VectorScratch scratch = VectorScratch.current();
    float[] packed = scratch.packed(groups * ROWS * in);
    for (int g = 0; g < groups; g++) {
      int rows = Math.min(ROWS, count - g * ROWS);
      packRows(x, (xToken + g * ROWS) * in, in, rows, in, packed, g * ROWS * in);
    }
    for (int m = 0; m < linears.length; m++) {
      int out = linears[m].outFeatures();
      for (int column = 0; column < out; column += COLUMNS) {
        for (int g = 0; g < groups; g++) {
          int token = yToken + g * ROWS;
          int rows = Math.min(ROWS, count - g * ROWS);
          int columns = Math.min(COLUMNS, out - column);
          boolean whole = rows == ROWS && columns == COLUMNS;
          float[] target = whole ? y[m] : scratch.tile();
          int at = whole ? token * out + column : 0;
          int stride = whole ? out : COLUMNS;
          VectorGemm.tile(
              packed,
              g * ROWS * in,
              panels[m],
              column * in,
              in,
              biases[m],
              column,
              target,
              at,
              stride);
          if (factors[m] != 1f) {
            VectorCopy.scale(target, at, stride, ROWS, factors[m]);
          }
          for (int r = 0; r < rows && !whole; r++) {
            System.arraycopy(target, r * COLUMNS, y[m], (token + r) * out + column, columns);
          }
        }
      }
    }
  }

  /** Packs up to ROWS rows as [k][ROWS]; what is missing is 0, so that it adds nothing. */
  static void packRows(
      float[] x, int offset, int stride, int rows, int depth, float[] packed, int at) {
    if (rows < ROWS) {
      Arrays.fill(packed, at, at + depth * ROWS, 0f);
    }
    int r = 0;
    for (; r + 3 < rows; r += 4) {
      packFour(x, offset + r * stride, stride, depth, packed, at + r);
    }
    for (; r < rows; r++) {
      for (int k = 0; k < depth; k++) {
        packed[at + k * ROWS + r] = x[offset + r * stride + k];
      }
    }
  }

  private static void packFour(float[] x, int x0, int stride, int depth, float[] packed, int at) {
    int x1 = x0 + stride;
    int x2 = x1 + stride;
    int x3 = x2 + stride;
    for (int k = 0; k < depth; k++) {
      packed[at + k * ROWS] = x[x0 + k];
      packed[at + k * ROWS + 1] = x[x1 + k];
      packed[at + k * ROWS + 2] = x[x2 + k];
      packed[at + k * ROWS + 3] = x[x3 + k];
    }
  }

  static int roundUp(int value, int multiple) {
    return (value + multiple - 1) / multiple * multiple;
  }
}
