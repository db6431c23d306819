package io.github.sparkattention.kernels.internal.loops;

import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.Norm;
import java.util.List;

/** The inner loops of steps, in one style of code with the data layout that suits it. */
public interface Kernels {

  /** Lays out the weights of maps that read the same tokens. */
  Projection projection(List<Linear> linears, Activation activation);

  /** Makes the loops of a norm; the shift is null where there is none. */
  Normalization normalization(Norm norm, float[] gain, float[] shift);

  /**
   * Turns a head by its position.
   *
   * @param values holds the head, whose second half turns with its first
   * @param at where the head begins
   * @param angles the cosines of all pairs, and then their sines
   * @param angle where they begin
   * @param pairs half of the head's width
   */
  void rotate(float[] values, int at, float[] angles, int angle, int pairs);

  /** Lays out a table of ids [vocabulary, width] that tokens are scored against. */
  ScoreTable scoreTable(float[] rows, int vocabulary, int width);

  /** Makes the loops of an attention step; the result belongs to one thread at a time. */
  HeadAttention headAttention(Heads heads);

  /** Names the style of code, such as {@code plain Java}. */
  String description();
}
