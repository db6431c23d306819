package io.github.sparkattention.kernels.threads;

import static io.github.sparkattention.kernels.ContractMath.E0;
import static io.github.sparkattention.kernels.ContractMath.E1;
import static io.github.sparkattention.kernels.ContractMath.E2;
import static io.github.sparkattention.kernels.ContractMath.E3;
import static io.github.sparkattention.kernels.ContractMath.E4;
import static io.github.sparkattention.kernels.ContractMath.E5;
import static io.github.sparkattention.kernels.ContractMath.EXP2_UNDERFLOW;
import static io.github.sparkattention.kernels.threads.VectorGemm.LANES;
import static io.github.sparkattention.kernels.threads.VectorGemm.SPECIES;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** One step of the running softmax over a block of scores [key][query], one query a lane. */
final class VectorSoftmax {
  private static final int QUERIES = HeadAttention.QUERIES;
  private static final float ROUNDING = 0x1.8p23f;
  private static final int MANTISSA_BITS = 23;
  private static final int EXPONENT_OF_ONE = 127 << MANTISSA_BITS;

  private VectorSoftmax() {}

  /**
   * Renews the maxima, turns the scores into weights under them, and adds the weights to the
   * totals.
   *
   * @param scores [numKeys][QUERIES], minus infinity where masked; receives the weights
   * @param maximum the running maxima, from {@code offset} on
   * @param total the running totals, from {@code offset} on
   * @param rescale receives the factor for what was summed under the old maxima
   */
  static void weigh(
      float[] scores, int numKeys, float[] maximum, float[] total, float[] rescale, int offset) {
    for (int q = 0; q < QUERIES; q += LANES) {
      FloatVector old = FloatVector.fromArray(SPECIES, maximum, offset + q);
      FloatVector max = old;
      for (int j = 0; j < numKeys; j++) {
        FloatVector s = FloatVector.fromArray(SPECIES, scores, j * QUERIES + q);
        max = max.blend(s, s.compare(VectorOperators.GT, max));
      }
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int j = 0; j < numKeys; j++) {
        FloatVector s = FloatVector.fromArray(SPECIES, scores, j * QUERIES + q);
        FloatVector weight = exp2(s.sub(max));
        weight.intoArray(scores, j * QUERIES + q);
        sum = sum.add(weight);
      }
      FloatVector factor = exp2(old.sub(max));
      factor.intoArray(rescale, q);
      max.intoArray(maximum, offset + q);
      FloatVector.fromArray(SPECIES, total, offset + q)
          .fma(factor, sum)
          .intoArray(total, offset + q);
    }
  }

  /** As {@code ContractMath.exp2}, operation by operation. */
  private static FloatVector exp2(FloatVector x) {
    FloatVector shifted = x.add(ROUNDING);
    FloatVector f = x.sub(shifted.sub(ROUNDING));
    FloatVector q = FloatVector.broadcast(SPECIES, E5).fma(f, FloatVector.broadcast(SPECIES, E4));
    q = q.fma(f, FloatVector.broadcast(SPECIES, E3));
    q = q.fma(f, FloatVector.broadcast(SPECIES, E2));
    q = q.fma(f, FloatVector.broadcast(SPECIES, E1));
    q = q.fma(f, FloatVector.broadcast(SPECIES, E0));
    q = q.fma(f, FloatVector.broadcast(SPECIES, 1f));
    // The whole part stands in the low bits of the shifted float: moved up it is the exponent.
    FloatVector power =
        shifted
            .reinterpretAsInts()
            .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
            .add(EXPONENT_OF_ONE)
            .reinterpretAsFloats();
    VectorMask<Float> underflow = x.compare(VectorOperators.LT, EXP2_UNDERFLOW);
    return q.mul(power).blend(0f, underflow);
  }
}
