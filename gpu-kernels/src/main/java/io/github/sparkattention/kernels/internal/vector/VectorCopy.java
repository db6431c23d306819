package io.github.sparkattention.kernels.internal.vector;

import static io.github.sparkattention.kernels.internal.vector.VectorGemm.COLUMNS;
import static io.github.sparkattention.kernels.internal.vector.VectorGemm.LANES;
import static io.github.sparkattention.kernels.internal.vector.VectorGemm.SPECIES;
import static io.github.sparkattention.kernels.internal.vector.VectorGemm.VECTOR;

import io.github.sparkattention.kernels.contract.Rotations;
import io.github.sparkattention.kernels.internal.loops.Kernels;
import jdk.incubator.vector.FloatVector;

/** Moves and scales values of a sequence and of packed operands. */
final class VectorCopy {
  private VectorCopy() {}

  /**
   * Copies COLUMNS values of each of some rows, {@code stride} apart, to a panel [row][COLUMNS].
   */
  static void panel(float[] from, int offset, int stride, int rows, float[] panel, int at) {
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < COLUMNS; c += LANES) {
        FloatVector row = FloatVector.fromArray(SPECIES, from, offset + r * stride + c);
        VECTOR.cast(row).intoArray(panel, at + r * COLUMNS + c);
      }
    }
  }

  /**
   * Adds some rows of a residual to those of a tile [row][COLUMNS]: to = tile + residual, where
   * rows of both are {@code stride} apart.
   */
  static void addTile(
      float[] tile,
      int rows,
      int columns,
      float[] residual,
      int residualOffset,
      float[] to,
      int toOffset,
      int stride) {
    int whole = SPECIES.loopBound(columns);
    for (int r = 0; r < rows; r++) {
      int from = residualOffset + r * stride;
      int at = toOffset + r * stride;
      for (int c = 0; c < whole; c += LANES) {
        FloatVector sum = VECTOR.cast(FloatVector.fromArray(SPECIES, tile, r * COLUMNS + c));
        FloatVector other = FloatVector.fromArray(SPECIES, residual, from + c);
        VECTOR.cast(sum.add(other)).intoArray(to, at + c);
      }
      for (int c = whole; c < columns; c++) {
        to[at + c] = tile[r * COLUMNS + c] + residual[from + c];
      }
    }
  }

  /**
   * Multiplies some rows of a tile [row][COLUMNS] by those of a gate, which are {@code stride}
   * apart: tile = tile · gate + 0.
   */
  static void multiplyTile(
      float[] tile, int rows, int columns, float[] gate, int gateOffset, int stride) {
    FloatVector zero = FloatVector.zero(SPECIES);
    int whole = SPECIES.loopBound(columns);
    for (int r = 0; r < rows; r++) {
      int from = gateOffset + r * stride;
      int at = r * COLUMNS;
      for (int c = 0; c < whole; c += LANES) {
        FloatVector value = VECTOR.cast(FloatVector.fromArray(SPECIES, tile, at + c));
        FloatVector other = FloatVector.fromArray(SPECIES, gate, from + c);
        VECTOR.cast(value.fma(other, zero)).intoArray(tile, at + c);
      }
      for (int c = whole; c < columns; c++) {
        tile[at + c] = Math.fma(tile[at + c], gate[from + c], 0f);
      }
    }
  }

  /** Turns the pairs of a head, as {@link Kernels#rotate} says. */
  static void rotate(float[] values, int at, float[] angles, int angle, int pairs) {
    int whole = SPECIES.loopBound(pairs);
    for (int p = 0; p < whole; p += LANES) {
      FloatVector a = VECTOR.cast(FloatVector.fromArray(SPECIES, values, at + p));
      FloatVector b = VECTOR.cast(FloatVector.fromArray(SPECIES, values, at + pairs + p));
      FloatVector cos = FloatVector.fromArray(SPECIES, angles, angle + p);
      FloatVector sin = FloatVector.fromArray(SPECIES, angles, angle + pairs + p);
      FloatVector taken = VECTOR.cast(VECTOR.cast(b.mul(sin)).neg());
      FloatVector given = VECTOR.cast(a.mul(sin));
      VECTOR.cast(a.fma(cos, taken)).intoArray(values, at + p);
      VECTOR.cast(b.fma(cos, given)).intoArray(values, at + pairs + p);
    }
    for (int p = whole; p < pairs; p++) {
      float a = values[at + p];
      float b = values[at + pairs + p];
      float cos = angles[angle + p];
      float sin = angles[angle + pairs + p];
      values[at + p] = Rotations.first(a, b, cos, sin);
      values[at + pairs + p] = Rotations.second(a, b, cos, sin);
    }
  }

  /** to = from · factor + 0, for some values in a row. */
  static void scaled(float[] from, int offset, int count, float factor, float[] to, int at) {
    FloatVector factors = FloatVector.broadcast(SPECIES, factor);
    FloatVector zero = FloatVector.zero(SPECIES);
    int whole = SPECIES.loopBound(count);
    for (int i = 0; i < whole; i += LANES) {
      FloatVector part = VECTOR.cast(FloatVector.fromArray(SPECIES, from, offset + i));
      VECTOR.cast(part.fma(factors, zero)).intoArray(to, at + i);
    }
    for (int i = whole; i < count; i++) {
      to[at + i] = Math.fma(from[offset + i], factor, 0f);
    }
  }
}
