package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.Linear;

/** The inner loops of a layer, in one style of code with the data layout that suits it. */
interface Kernels {

  /** Lays out the weights of maps that read the same tokens. */
  Projection projection(Linear... linears);

  /** Makes the attention loops of a layer; the result belongs to one thread at a time. */
  HeadAttention headAttention(AttentionConfig config);

  /** Names the style of code, such as {@code plain Java}. */
  String description();
}
