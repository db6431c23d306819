package io.github.sparkattention.kernels.internal.vector;

import static io.github.sparkattention.kernels.contract.ContractMath.E0;
import static io.github.sparkattention.kernels.contract.ContractMath.E1;
import static io.github.sparkattention.kernels.contract.ContractMath.E2;
import static io.github.sparkattention.kernels.contract.ContractMath.E3;
import static io.github.sparkattention.kernels.contract.ContractMath.E4;
import static io.github.sparkattention.kernels.contract.ContractMath.E5;
import static io.github.sparkattention.kernels.contract.ContractMath.EXP2_UNDERFLOW;
import static io.github.sparkattention.kernels.internal.vector.VectorGemm.LANES;
import static io.github.sparkattention.kernels.internal.vector.VectorGemm.SPECIES;
import static io.github.sparkattention.kernels.internal.vector.VectorGemm.VECTOR;

import io.github.sparkattention.kernels.internal.loops.HeadAttention;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * One step of the running softmax over a block of scores [key][query], one query a lane.
 *
 * <p>No method here takes or returns a vector, and what one is called on is cast, for the reason
 * that {@link VectorGemm} gives.
 */
final class VectorSoftmax {
  private static final int QUERIES = HeadAttention.QUERIES;

  /** The class of vectors of as many ints as the species has floats. */
  private static final Class<? extends IntVector> INTS =
      SPECIES.withLanes(int.class).vectorType().asSubclass(IntVector.class);

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
    for (int q = 0; q < QUERIES; q += 2 * LANES) {
      renewMaxima(scores, numKeys, q, maximum, offset + q);
      for (int half = q; half < q + 2 * LANES; half += LANES) {
        exponentiate(scores, numKeys, half, maximum, total, offset + half);
      }
    }
  }

  /**
   * Finds the largest score of each query in a block.
   *
   * @param scores [numKeys][QUERIES]
   * @param largest receives them; NaN is none of them
   */
  static void largest(float[] scores, int numKeys, float[] largest) {
    for (int q = 0; q < QUERIES; q += 2 * LANES) {
      FloatVector max0 = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
      FloatVector max1 = max0;
      for (int j = 0; j < numKeys; j++) {
        int row = j * QUERIES + q;
        FloatVector s0 = VECTOR.cast(FloatVector.fromArray(SPECIES, scores, row));
        FloatVector s1 = VECTOR.cast(FloatVector.fromArray(SPECIES, scores, row + LANES));
        max0 = VECTOR.cast(max0).blend(s0, s0.compare(VectorOperators.GT, max0));
        max1 = VECTOR.cast(max1).blend(s1, s1.compare(VectorOperators.GT, max1));
      }
      FloatVector zero = VECTOR.cast(FloatVector.zero(SPECIES));
      VECTOR.cast(zero.add(max0)).intoArray(largest, q);
      VECTOR.cast(zero.add(max1)).intoArray(largest, q + LANES);
    }
  }

  /** Two vectors of queries at a time: one alone would wait for each comparison to end. */
  private static void renewMaxima(float[] scores, int numKeys, int q, float[] maximum, int at) {
    FloatVector max0 = FloatVector.fromArray(SPECIES, maximum, at);
    FloatVector max1 = FloatVector.fromArray(SPECIES, maximum, at + LANES);
    VECTOR.cast(max0).intoArray(scores, numKeys * QUERIES + q);
    VECTOR.cast(max1).intoArray(scores, numKeys * QUERIES + q + LANES);
    for (int j = 0; j < numKeys; j++) {
      int row = j * QUERIES + q;
      FloatVector s0 = VECTOR.cast(FloatVector.fromArray(SPECIES, scores, row));
      FloatVector s1 = VECTOR.cast(FloatVector.fromArray(SPECIES, scores, row + LANES));
      max0 = s0.blend(max0, s0.compare(VectorOperators.LE, max0));
      max1 = s1.blend(max1, s1.compare(VectorOperators.LE, max1));
    }
    FloatVector zero = VECTOR.cast(FloatVector.zero(SPECIES));
    VECTOR.cast(zero.add(max0)).intoArray(maximum, at);
    VECTOR.cast(zero.add(max1)).intoArray(maximum, at + LANES);
  }

  private static void exponentiate(
      float[] scores, int numKeys, int q, float[] maximum, float[] total, int at) {
    FloatVector max = FloatVector.fromArray(SPECIES, maximum, at);
    FloatVector sum = FloatVector.zero(SPECIES);
    FloatVector sumOfKeys = sum;
    for (int j = 0; j <= numKeys; j++) {
      // As ContractMath.exp2, operation by operation.
      FloatVector score = VECTOR.cast(FloatVector.fromArray(SPECIES, scores, j * QUERIES + q));
      FloatVector x = VECTOR.cast(score.sub(max));
      FloatVector shifted = VECTOR.cast(x.add(ROUNDING));
      FloatVector f = x.sub(shifted.sub(ROUNDING));
      FloatVector p = VECTOR.cast(FloatVector.broadcast(SPECIES, E5));
      p = VECTOR.cast(p.fma(f, FloatVector.broadcast(SPECIES, E4)));
      p = VECTOR.cast(p.fma(f, FloatVector.broadcast(SPECIES, E3)));
      p = VECTOR.cast(p.fma(f, FloatVector.broadcast(SPECIES, E2)));
      p = VECTOR.cast(p.fma(f, FloatVector.broadcast(SPECIES, E1)));
      p = VECTOR.cast(p.fma(f, FloatVector.broadcast(SPECIES, E0)));
      p = VECTOR.cast(p.fma(f, FloatVector.broadcast(SPECIES, 1f)));
      // The whole part stands in the low bits of the shifted float: moved up, the exponent.
      IntVector bits = INTS.cast(shifted.reinterpretAsInts());
      bits = INTS.cast(bits.lanewise(VectorOperators.LSHL, MANTISSA_BITS));
      FloatVector power = INTS.cast(bits.add(EXPONENT_OF_ONE)).reinterpretAsFloats();
      VectorMask<Float> underflow = x.compare(VectorOperators.LT, EXP2_UNDERFLOW);
      FloatVector weight = VECTOR.cast(VECTOR.cast(p.mul(power)).blend(0f, underflow));
      weight.intoArray(scores, j * QUERIES + q);
      // The row after the last key is the factor, which is no part of the sum.
      sumOfKeys = sum;
      sum = weight.add(sumOfKeys);
    }
    FloatVector factor = FloatVector.fromArray(SPECIES, scores, numKeys * QUERIES + q);
    FloatVector old = VECTOR.cast(FloatVector.fromArray(SPECIES, total, at));
    VECTOR.cast(old.fma(factor, sumOfKeys)).intoArray(total, at);
  }
}
