package io.github.sparkattention.kernels.internal.vector;

import static io.github.sparkattention.kernels.contract.ContractMath.E0;
import static io.github.sparkattention.kernels.contract.ContractMath.E1;
import static io.github.sparkattention.kernels.contract.ContractMath.E2;
import static io.github.sparkattention.kernels.contract.ContractMath.E3;
import static io.github.sparkattention.kernels.contract.ContractMath.E4;
import static io.github.sparkattention.kernels.contract.ContractMath.E5;
import static io.github.sparkattention.kernels.contract.ContractMath.EXP2_UNDERFLOW;
import static io.github.sparkattention.kernels.contract.ContractMath.R0;
import static io.github.sparkattention.kernels.contract.ContractMath.R1;
import static io.github.sparkattention.kernels.contract.ContractMath.R2;
import static io.github.sparkattention.kernels.contract.ContractMath.R3;
import static io.github.sparkattention.kernels.internal.vector.VectorGemm.LANES;
import static io.github.sparkattention.kernels.internal.vector.VectorGemm.SPECIES;
import static io.github.sparkattention.kernels.internal.vector.VectorGemm.VECTOR;

import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.contract.ContractMath;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * The functions of a projection's sums, as {@link ContractMath#activate} has them, operation by
 * operation. What goes from one loop to the next stands in an array of the tile's size, which is in
 * the nearest cache. Both loops that need an exponential compute it themselves, since one more pass
 * over the tile for it slowed whole models down.
 */
final class VectorActivation {
  /** Arrays of a tile's size that lie one after the other: the sums, and what is made of them. */
  static final int ARRAYS = 2;

  private static final Class<? extends IntVector> INTS =
      SPECIES.withLanes(int.class).vectorType().asSubclass(IntVector.class);

  private static final float ROUNDING = 0x1.8p23f;
  private static final int MANTISSA_BITS = 23;
  private static final int EXPONENT_OF_ONE = 127 << MANTISSA_BITS;

  private VectorActivation() {}

  /**
   * Replaces sums by the function of them.
   *
   * @param activation which function
   * @param values the sums, and behind them room for as many values
   * @param count number of sums, a multiple of the lanes
   */
  static void apply(Activation activation, float[] values, int count) {
    switch (activation) {
      case NONE -> {}
      case GELU_TANH -> {
        cubicArguments(values, count);
        timesSigmoid(values, count);
      }
      case GELU_ERF -> {
        tailExponents(values, count);
        timesNormal(values, count);
      }
      case SILU -> {
        VectorCopy.scaled(values, 0, count, ContractMath.LOG2_E, values, count);
        timesSigmoid(values, count);
      }
      case RELU -> relu(values, count);
    }
  }

  private static void relu(float[] values, int count) {
    FloatVector half = VECTOR.cast(FloatVector.broadcast(SPECIES, 0.5f));
    for (int i = 0; i < count; i += LANES) {
      FloatVector x = VECTOR.cast(FloatVector.fromArray(SPECIES, values, i));
      FloatVector size = VECTOR.cast(VECTOR.cast(x.abs()).mul(half));
      VECTOR.cast(half.fma(x, size)).intoArray(values, i);
    }
  }

  /** The argument of GELU's logistic function in base two: x · (T1 + T3 · x²). */
  private static void cubicArguments(float[] values, int count) {
    FloatVector zero = FloatVector.zero(SPECIES);
    FloatVector t1 = FloatVector.broadcast(SPECIES, ContractMath.T1);
    FloatVector t3 = FloatVector.broadcast(SPECIES, ContractMath.T3);
    for (int i = 0; i < count; i += LANES) {
      FloatVector x = VECTOR.cast(FloatVector.fromArray(SPECIES, values, i));
      FloatVector square = VECTOR.cast(x.fma(x, zero));
      FloatVector factor = VECTOR.cast(square.fma(t3, t1));
      VECTOR.cast(x.fma(factor, zero)).intoArray(values, count + i);
    }
  }

  /** x / (1 + 2^-w) for the arguments w behind the values. */
  private static void timesSigmoid(float[] values, int count) {
    FloatVector zero = FloatVector.zero(SPECIES);
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    for (int i = 0; i < count; i += LANES) {
      FloatVector w = VECTOR.cast(FloatVector.fromArray(SPECIES, values, count + i));
      FloatVector e = VECTOR.cast(VECTOR.cast(w.abs()).neg());
      FloatVector shifted = VECTOR.cast(e.add(ROUNDING));
      FloatVector f = VECTOR.cast(e.sub(shifted.sub(ROUNDING)));
      FloatVector p = VECTOR.cast(FloatVector.broadcast(SPECIES, E5));
      p = VECTOR.cast(p.fma(f, FloatVector.broadcast(SPECIES, E4)));
      p = VECTOR.cast(p.fma(f, FloatVector.broadcast(SPECIES, E3)));
      p = VECTOR.cast(p.fma(f, FloatVector.broadcast(SPECIES, E2)));
      p = VECTOR.cast(p.fma(f, FloatVector.broadcast(SPECIES, E1)));
      p = VECTOR.cast(p.fma(f, FloatVector.broadcast(SPECIES, E0)));
      p = VECTOR.cast(p.fma(f, one));
      IntVector bits = INTS.cast(shifted.reinterpretAsInts());
      bits = INTS.cast(bits.lanewise(VectorOperators.LSHL, MANTISSA_BITS));
      FloatVector scale = INTS.cast(bits.add(EXPONENT_OF_ONE)).reinterpretAsFloats();
      VectorMask<Float> underflow = e.compare(VectorOperators.LT, EXP2_UNDERFLOW);
      FloatVector power = VECTOR.cast(VECTOR.cast(p.mul(scale)).blend(0f, underflow));
      FloatVector d = VECTOR.cast(power.add(one));
      FloatVector minusD = VECTOR.cast(d.neg());
      FloatVector r = VECTOR.cast(FloatVector.broadcast(SPECIES, R3));
      r = VECTOR.cast(r.fma(d, FloatVector.broadcast(SPECIES, R2)));
      r = VECTOR.cast(r.fma(d, FloatVector.broadcast(SPECIES, R1)));
      r = VECTOR.cast(r.fma(d, FloatVector.broadcast(SPECIES, R0)));
      r = VECTOR.cast(r.fma(minusD.fma(r, one), r));
      r = VECTOR.cast(r.fma(minusD.fma(r, one), r));
      FloatVector below = VECTOR.cast(power.fma(r, zero));
      FloatVector sigmoid = r.blend(below, w.compare(VectorOperators.LT, 0f));
      FloatVector x = VECTOR.cast(FloatVector.fromArray(SPECIES, values, i));
      VECTOR.cast(x.fma(sigmoid, zero)).intoArray(values, i);
    }
  }

  /** The logarithm in base two of the normal distribution's tail beyond |x|. */
  private static void tailExponents(float[] values, int count) {
    FloatVector minusOne = FloatVector.broadcast(SPECIES, -1f);
    for (int i = 0; i < count; i += LANES) {
      FloatVector x = VECTOR.cast(FloatVector.fromArray(SPECIES, values, i));
      FloatVector a = VECTOR.cast(x.abs());
      VectorMask<Float> beyond = a.compare(VectorOperators.GT, ContractMath.GELU_BEND);
      FloatVector b = a.blend(ContractMath.GELU_BEND, beyond);
      FloatVector g = VECTOR.cast(FloatVector.broadcast(SPECIES, ContractMath.G10));
      g = VECTOR.cast(g.fma(b, FloatVector.broadcast(SPECIES, ContractMath.G9)));
      g = VECTOR.cast(g.fma(b, FloatVector.broadcast(SPECIES, ContractMath.G8)));
      g = VECTOR.cast(g.fma(b, FloatVector.broadcast(SPECIES, ContractMath.G7)));
      g = VECTOR.cast(g.fma(b, FloatVector.broadcast(SPECIES, ContractMath.G6)));
      g = VECTOR.cast(g.fma(b, FloatVector.broadcast(SPECIES, ContractMath.G5)));
      g = VECTOR.cast(g.fma(b, FloatVector.broadcast(SPECIES, ContractMath.G4)));
      g = VECTOR.cast(g.fma(b, FloatVector.broadcast(SPECIES, ContractMath.G3)));
      g = VECTOR.cast(g.fma(b, FloatVector.broadcast(SPECIES, ContractMath.G2)));
      g = VECTOR.cast(g.fma(b, FloatVector.broadcast(SPECIES, ContractMath.G1)));
      g = VECTOR.cast(g.fma(b, FloatVector.broadcast(SPECIES, ContractMath.G0)));
      FloatVector minusA = VECTOR.cast(a.neg());
      VECTOR.cast(minusA.fma(g, minusOne)).intoArray(values, count + i);
    }
  }

  /** x times the normal distribution at x, for the exponents of its tail behind the values. */
  private static void timesNormal(float[] values, int count) {
    FloatVector zero = FloatVector.zero(SPECIES);
    FloatVector one = VECTOR.cast(FloatVector.broadcast(SPECIES, 1f));
    for (int i = 0; i < count; i += LANES) {
      FloatVector e = VECTOR.cast(FloatVector.fromArray(SPECIES, values, count + i));
      FloatVector shifted = VECTOR.cast(e.add(ROUNDING));
      FloatVector f = VECTOR.cast(e.sub(shifted.sub(ROUNDING)));
      FloatVector p = VECTOR.cast(FloatVector.broadcast(SPECIES, E5));
      p = VECTOR.cast(p.fma(f, FloatVector.broadcast(SPECIES, E4)));
      p = VECTOR.cast(p.fma(f, FloatVector.broadcast(SPECIES, E3)));
      p = VECTOR.cast(p.fma(f, FloatVector.broadcast(SPECIES, E2)));
      p = VECTOR.cast(p.fma(f, FloatVector.broadcast(SPECIES, E1)));
      p = VECTOR.cast(p.fma(f, FloatVector.broadcast(SPECIES, E0)));
      p = VECTOR.cast(p.fma(f, one));
      IntVector bits = INTS.cast(shifted.reinterpretAsInts());
      bits = INTS.cast(bits.lanewise(VectorOperators.LSHL, MANTISSA_BITS));
      FloatVector scale = INTS.cast(bits.add(EXPONENT_OF_ONE)).reinterpretAsFloats();
      VectorMask<Float> underflow = e.compare(VectorOperators.LT, EXP2_UNDERFLOW);
      FloatVector tail = VECTOR.cast(VECTOR.cast(p.mul(scale)).blend(0f, underflow));
      FloatVector x = VECTOR.cast(FloatVector.fromArray(SPECIES, values, i));
      FloatVector normal = VECTOR.cast(one.sub(tail));
      normal = VECTOR.cast(normal.blend(tail, x.compare(VectorOperators.LT, 0f)));
      VECTOR.cast(x.fma(normal, zero)).intoArray(values, i);
    }
  }
}
