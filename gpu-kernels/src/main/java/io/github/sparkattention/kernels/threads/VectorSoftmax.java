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

/**
 * One step of the running softmax over a block of scores [key][query], one query a lane.
 *
 * <p>No method here takes or returns a vector, and none is called on a vector that a loop carries,
 * for the reason that {@link VectorGemm} gives.
 */
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
   * @param scores [numKeys + 1][QUERIES], minus infinity where masked; receives the weights, and in
   *     the last row the factors for what was summed under the old maxima
   * @param maximum the running maxima, from {@code offset} on
   * @param total the running totals, from {@code offset} on
   */
  static void weigh(float[] scores, int numKeys, float[] maximum, float[] total, int offset) {
    for (int q = 0; q < QUERIES; q += LANES) {
      FloatVector max = FloatVector.fromArray(SPECIES, maximum, offset + q);
      max.intoArray(scores, numKeys * QUERIES + q);
      for (int j = 0; j < numKeys; j++) {
        FloatVector s = FloatVector.fromArray(SPECIES, scores, j * QUERIES + q);
        max = s.blend(max, s.compare(VectorOperators.LE, max));
      }
      FloatVector.zero(SPECIES).add(max).intoArray(maximum, offset + q);
      for (int j = 0; j <= numKeys; j++) {
        // As ContractMath.exp2, operation by operation.
        FloatVector x = FloatVector.fromArray(SPECIES, scores, j * QUERIES + q).sub(max);
        FloatVector shifted = x.add(ROUNDING);
        FloatVector f = x.sub(shifted.sub(ROUNDING));
        FloatVector p =
            FloatVector.broadcast(SPECIES, E5).fma(f, FloatVector.broadcast(SPECIES, E4));
        p = p.fma(f, FloatVector.broadcast(SPECIES, E3));
        p = p.fma(f, FloatVector.broadcast(SPECIES, E2));
        p = p.fma(f, FloatVector.broadcast(SPECIES, E1));
        p = p.fma(f, FloatVector.broadcast(SPECIES, E0));
        p = p.fma(f, FloatVector.broadcast(SPECIES, 1f));
        // The whole part stands in the low bits of the shifted float: moved up, the exponent.
        FloatVector power =
            shifted
                .reinterpretAsInts()
                .lanewise(VectorOperators.LSHL, MANTISSA_BITS)
                .add(EXPONENT_OF_ONE)
                .reinterpretAsFloats();
        VectorMask<Float> underflow = x.compare(VectorOperators.LT, EXP2_UNDERFLOW);
        p.mul(power).blend(0f, underflow).intoArray(scores, j * QUERIES + q);
      }
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int j = 0; j < numKeys; j++) {
        sum = FloatVector.fromArray(SPECIES, scores, j * QUERIES + q).add(sum);
      }
      FloatVector factor = FloatVector.fromArray(SPECIES, scores, numKeys * QUERIES + q);
      FloatVector.fromArray(SPECIES, total, offset + q)
          .fma(factor, sum)
          .intoArray(total, offset + q);
    }
  }
}
