package io.github.sparkattention.kernels.internal.vector;

import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.Norm;
import io.github.sparkattention.kernels.internal.loops.ForcedLoops;
import io.github.sparkattention.kernels.internal.loops.HeadAttention;
import io.github.sparkattention.kernels.internal.loops.Kernels;
import io.github.sparkattention.kernels.internal.loops.Normalization;
import io.github.sparkattention.kernels.internal.loops.Projection;
import io.github.sparkattention.kernels.internal.loops.ScoreTable;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The loops on {@code jdk.incubator.vector}. */
public final class VectorKernels implements Kernels {
  /** A constant, so that the JIT knows the width of every vector. */
  static final VectorSpecies<Float> SPECIES = species();

  /** The one class that vectors of the species have; see {@link VectorGemm} for the use of it. */
  static final Class<? extends FloatVector> VECTOR =
      SPECIES.vectorType().asSubclass(FloatVector.class);

  private static VectorSpecies<Float> species() {
    int bits = ForcedLoops.vectorBits();
    return bits == 0
        ? FloatVector.SPECIES_PREFERRED
        : VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
  }

  @Override
  public Projection projection(List<Linear> linears, Activation activation) {
    return new VectorProjection(linears, activation);
  }

  @Override
  public Normalization normalization(Norm norm, float[] gain, float[] shift) {
    return new VectorNormalization(norm, gain, shift);
  }

  @Override
  public void rotate(float[] values, int at, float[] angles, int angle, int pairs) {
    VectorCopy.rotate(values, at, angles, angle, pairs);
  }

  @Override
  public ScoreTable scoreTable(float[] rows, int vocabulary, int width) {
    return new VectorScoreTable(rows, vocabulary, width);
  }

  @Override
  public HeadAttention headAttention(Heads heads) {
    return new VectorAttention(heads);
  }

  @Override
  public String description() {
    return "SIMD of " + SPECIES.vectorBitSize() + " bits";
  }
}
