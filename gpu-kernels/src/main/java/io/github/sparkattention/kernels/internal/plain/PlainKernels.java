package io.github.sparkattention.kernels.internal.plain;

import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.Norm;
import io.github.sparkattention.kernels.contract.Rotations;
import io.github.sparkattention.kernels.internal.loops.HeadAttention;
import io.github.sparkattention.kernels.internal.loops.Kernels;
import io.github.sparkattention.kernels.internal.loops.Normalization;
import io.github.sparkattention.kernels.internal.loops.Projection;
import io.github.sparkattention.kernels.internal.loops.ScoreTable;
import java.util.List;

/** The loops in plain Java, written for the JIT's loop vectorizer. */
public final class PlainKernels implements Kernels {
  @Override
  public Projection projection(List<Linear> linears, Activation activation) {
    return new PlainProjection(linears, activation);
  }

  @Override
  public Normalization normalization(Norm norm, float[] gain, float[] shift) {
    return new PlainNormalization(norm, gain, shift);
  }

  @Override
  public void rotate(float[] values, int at, float[] angles, int angle, int pairs) {
    for (int p = 0; p < pairs; p++) {
      float a = values[at + p];
      float b = values[at + pairs + p];
      float cos = angles[angle + p];
      float sin = angles[angle + pairs + p];
      values[at + p] = Rotations.first(a, b, cos, sin);
      values[at + pairs + p] = Rotations.second(a, b, cos, sin);
    }
  }

  @Override
  public ScoreTable scoreTable(float[] rows, int vocabulary, int width) {
    return new PlainScoreTable(rows, vocabulary, width);
  }

  @Override
  public HeadAttention headAttention(Heads heads) {
    return new PlainAttention(heads);
  }

  @Override
  public String description() {
    return "plain Java";
  }
}
