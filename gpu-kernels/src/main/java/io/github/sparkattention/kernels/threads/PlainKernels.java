package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.Linear;

/** The loops in plain Java, written for the JIT's loop vectorizer. */
final class PlainKernels implements Kernels {
  @Override
  public Projection projection(Linear... linears) {
    return new PlainProjection(linears);
  }

  @Override
  public HeadAttention headAttention(AttentionConfig config) {
    return new PlainAttention(config);
  }

  @Override
  public String description() {
    return "plain Java";
  }
}
