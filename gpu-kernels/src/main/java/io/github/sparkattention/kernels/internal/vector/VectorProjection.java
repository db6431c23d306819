package io.github.sparkattention.kernels.internal.vector;

import static io.github.sparkattention.kernels.internal.vector.VectorGemm.COLUMNS;
import static io.github.sparkattention.kernels.internal.vector.VectorGemm.ROWS;

import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.internal.loops.Projection;
import io.github.sparkattention.kernels.internal.loops.Scratch;
import java.util.Arrays;
import java.util.List;

/**
 * Projections on the Vector API: weights are packed once into panels [panel][k][COLUMNS], tokens
 * once per call into groups [group][k][ROWS] that all panels read.
 */
final class VectorProjection implements Projection {
  private final int in;
  private final int width;
  private final float[] panels;
  private final float[] bias;
  private final Activation activation;

  VectorProjection(List<Linear> linears, Activation activation) {
    this.activation = activation;
    in = linears.get(0).inFeatures();
    width = linears.stream().mapToInt(Linear::outFeatures).sum();
    int padded = roundUp(width, COLUMNS);
    panels = new float[Math.multiplyExact(padded, in)];
    bias = new float[padded];
    int column = 0;
    for (Linear linear : linears) {
      for (int o = 0; o < linear.outFeatures(); o++, column++) {
        int at = column / COLUMNS * in * COLUMNS + column % COLUMNS;
        for (int k = 0; k < in; k++) {
          panels[at + k * COLUMNS] = linear.weight()[o * in + k];
        }
        bias[column] = linear.hasBias() ? linear.bias()[o] : 0f;
      }
    }
  }

  @Override
  public void apply(
      float[] x, int xOffset, int count, float[] y, int yOffset, Beside gate, Beside residual) {
    int groups = (count + ROWS - 1) / ROWS;
    Scratch scratch = Scratch.current();
    float[] packed = scratch.packed(groups * ROWS * in);
    for (int g = 0; g < groups; g++) {
      int rows = Math.min(ROWS, count - g * ROWS);
      packRows(x, xOffset + g * ROWS * in, in, rows, in, packed, g * ROWS * in);
    }
    boolean plain = activation == Activation.NONE && !gate.isThere() && !residual.isThere();
    float[] tile = scratch.tile(VectorActivation.ARRAYS * ROWS * COLUMNS);
    for (int column = 0; column < width; column += COLUMNS) {
      int columns = Math.min(COLUMNS, width - column);
      for (int g = 0; g < groups; g++) {
        int rows = Math.min(ROWS, count - g * ROWS);
        int at = g * ROWS * width + column;
        boolean direct = plain && rows == ROWS && columns == COLUMNS;
        VectorGemm.tile(
            packed,
            g * ROWS * in,
            panels,
            column * in,
            in,
            bias,
            column,
            direct ? y : tile,
            direct ? yOffset + at : 0,
            direct ? width : COLUMNS);
        if (!direct) {
          finish(tile, rows, columns, at, gate, residual, y, yOffset + at);
        }
      }
    }
  }

  /** Makes results of the sums of a tile. */
  private void finish(
      float[] tile,
      int rows,
      int columns,
      int at,
      Beside gate,
      Beside residual,
      float[] y,
      int yAt) {
    VectorActivation.apply(activation, tile, ROWS * COLUMNS);
    if (gate.isThere()) {
      VectorCopy.multiplyTile(tile, rows, columns, gate.values(), gate.offset() + at, width);
    }
    if (residual.isThere()) {
      VectorCopy.addTile(
          tile, rows, columns, residual.values(), residual.offset() + at, y, yAt, width);
    } else {
      for (int r = 0; r < rows; r++) {
        System.arraycopy(tile, r * COLUMNS, y, yAt + r * width, columns);
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
