package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.Linear;
import java.util.List;

/** The loops in plain Java, written for the JIT's loop vectorizer. */
final class PlainKernels implements Kernels {
  @Override
  public Projection projection(List<Linear> linears) {
    return new PlainProjection(linears);
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
