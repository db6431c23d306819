package io.github.sparkattention.internal.executor;

import io.github.sparkattention.kernels.PassReport;
import java.util.concurrent.atomic.LongAdder;

/** What all tasks of this JVM have computed together. */
public final class ExecutorTotals {
  private final LongAdder tokens = new LongAdder();
  private final LongAdder batches = new LongAdder();
  private final LongAdder computeNanos = new LongAdder();
  private final LongAdder bytesUp = new LongAdder();
  private final LongAdder bytesDown = new LongAdder();
  private final LongAdder fallbacks = new LongAdder();

  /**
   * Counts a batch.
   *
   * @param size its number of tokens
   * @param report what its forward pass cost
   */
  void count(long size, PassReport report) {
    tokens.add(size);
    batches.increment();
    computeNanos.add(report.computeNanos());
    bytesUp.add(report.bytesUp());
    bytesDown.add(report.bytesDown());
    fallbacks.add(report.fallback() ? 1 : 0);
  }

  public long tokens() {
    return tokens.sum();
  }

  public long batches() {
    return batches.sum();
  }

  public double kernelSeconds() {
    return computeNanos.sum() / 1e9;
  }

  public long bytesUp() {
    return bytesUp.sum();
  }

  public long bytesDown() {
    return bytesDown.sum();
  }

  public long fallbacks() {
    return fallbacks.sum();
  }
}
