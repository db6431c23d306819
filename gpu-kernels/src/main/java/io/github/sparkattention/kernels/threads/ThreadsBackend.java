package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.AttentionBackend;
import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionLayer;
import io.github.sparkattention.kernels.AttentionWeights;

/** The backend that every machine has: blocked attention on Java threads. */
public final class ThreadsBackend implements AttentionBackend {
  private final WorkerPool pool;
  private final Kernels kernels;

  /**
   * Starts the threads, as daemons.
   *
   * @param threads how many threads may compute at once, callers included; at least 1
   */
  public ThreadsBackend(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, but is " + threads);
    }
    kernels = KernelChoice.get().kernels();
    pool = new WorkerPool(threads);
  }

  @Override
  public AttentionLayer prepare(AttentionConfig config, AttentionWeights weights) {
    weights.check(config);
    return new ThreadsLayer(config, weights, pool, kernels);
  }

  @Override
  public String description() {
    int threads = pool.cores();
    return String.format(
        "Java threads (%d %s, %s)",
        threads, threads == 1 ? "thread" : "threads", kernels.description());
  }

  @Override
  public void close() {
    pool.close();
  }
}
