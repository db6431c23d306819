package io.github.sparkattention.kernels.internal.vector;

import static io.github.sparkattention.kernels.internal.vector.VectorGemm.LANES;
import static io.github.sparkattention.kernels.internal.vector.VectorGemm.SPECIES;
import static io.github.sparkattention.kernels.internal.vector.VectorGemm.VECTOR;

import io.github.sparkattention.kernels.Norm;
import io.github.sparkattention.kernels.internal.loops.Normalization;
import jdk.incubator.vector.FloatVector;

/**
 * Norms on the Vector API. The sixteen sums of a row are as many vectors as they fill; vectors of
 * fewer lanes go over the row once for each.
 */
final class VectorNormalization extends Normalization {
  VectorNormalization(Norm norm, float[] gain, float[] shift) {
    super(norm, gain, shift);
  }

  @Override
  protected void sum(float[] x, int from, float[] sums) {
    int whole = width - width % sums.length;
    for (int lane = 0; lane < sums.length; lane += LANES) {
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int k = lane; k < whole; k += sums.length) {
        FloatVector part = VECTOR.cast(FloatVector.fromArray(SPECIES, x, from + k));
        sum = part.add(sum);
      }
      VECTOR.cast(VECTOR.cast(FloatVector.zero(SPECIES)).add(sum)).intoArray(sums, lane);
    }
    for (int k = whole; k < width; k++) {
      sums[k - whole] += x[from + k];
    }
  }

  @Override
  protected void sumSquares(float[] x, int from, float mean, float[] sums) {
    int whole = width - width % sums.length;
    FloatVector means = FloatVector.broadcast(SPECIES, mean);
    for (int lane = 0; lane < sums.length; lane += LANES) {
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int k = lane; k < whole; k += sums.length) {
        FloatVector part = VECTOR.cast(FloatVector.fromArray(SPECIES, x, from + k));
        FloatVector distance = VECTOR.cast(part.sub(means));
        sum = distance.fma(distance, sum);
      }
      VECTOR.cast(VECTOR.cast(FloatVector.zero(SPECIES)).add(sum)).intoArray(sums, lane);
    }
    for (int k = whole; k < width; k++) {
      float distance = x[from + k] - mean;
      sums[k - whole] = Math.fma(distance, distance, sums[k - whole]);
    }
  }

  @Override
  protected void write(float[] x, int from, float mean, float factor, float[] y, int to) {
    FloatVector means = FloatVector.broadcast(SPECIES, mean);
    FloatVector factors = FloatVector.broadcast(SPECIES, factor);
    int whole = SPECIES.loopBound(width);
    for (int k = 0; k < whole; k += LANES) {
      FloatVector part = VECTOR.cast(FloatVector.fromArray(SPECIES, x, from + k));
      FloatVector distance = VECTOR.cast(part.sub(means));
      FloatVector normal = VECTOR.cast(distance.mul(factors));
      FloatVector shifts = FloatVector.fromArray(SPECIES, shift, k);
      FloatVector gains = FloatVector.fromArray(SPECIES, gain, k);
      VECTOR.cast(normal.fma(gains, shifts)).intoArray(y, to + k);
    }
    for (int k = whole; k < width; k++) {
      y[to + k] = Math.fma((x[from + k] - mean) * factor, gain[k], shift[k]);
    }
  }
}
