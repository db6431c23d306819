package io.github.sparkattention.kernels.threads;

import static io.github.sparkattention.kernels.threads.VectorGemm.COLUMNS;
import static io.github.sparkattention.kernels.threads.VectorGemm.LANES;
import static io.github.sparkattention.kernels.threads.VectorGemm.SPECIES;
import static io.github.sparkattention.kernels.threads.VectorGemm.VECTOR;

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

  /** Multiplies COLUMNS values of each of some rows, {@code stride} apart. */
  static void scale(float[] values, int offset, int stride, int rows, float factor) {
    FloatVector factors = FloatVector.broadcast(SPECIES, factor);
    for (int r = 0; r < rows; r++) {
      for (int c = 0; c < COLUMNS; c += LANES) {
        int at = offset + r * stride + c;
        FloatVector row = VECTOR.cast(FloatVector.fromArray(SPECIES, values, at));
        VECTOR.cast(row.mul(factors)).intoArray(values, at);
      }
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
