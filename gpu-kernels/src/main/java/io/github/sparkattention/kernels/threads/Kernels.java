package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.Linear;
import java.util.List;

/** The inner loops of steps, in one style of code with the data layout that suits it. */
interface Kernels {

  /** Lays out the weights of maps that read the same tokens. */
  Projection projection(List<Linear> linears);

  /** Makes the loops of an attention step; the result belongs to one thread at a time. */
  HeadAttention headAttention(Heads heads);

  /** Names the style of code, such as {@code plain Java}. */
  String description();
}
