package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.internal.loops.Kernels;

/** The backend that every machine has: programs on Java threads, in blocks. */
public final class ThreadsBackend implements Backend {
  private final WorkerPool pool;
  private final Kernels kernels;

  /**
   * Starts the threads, as daemons.
   *
   * @param threads how many threads may compute at once, callers included; at least 1
   */
  public ThreadsBackend(int threads) {
    this(threads, "Java's command line");
  }

  /**
   * Starts the threads, as daemons.
   *
   * @param threads how many threads may compute at once, callers included; at least 1
   * @param javaOptions where a user writes options of Java, for the log's sentence on how to get
   *     SIMD; the first backend of a JVM says it
   */
  public ThreadsBackend(int threads, String javaOptions) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, but is " + threads);
    }
    kernels = KernelChoice.get(javaOptions);
    pool = new WorkerPool(threads);
  }

  @Override
  public Prepared prepare(Program program, Tensors tensors) {
    tensors.check(program);
    return new ThreadsProgram(program, tensors, pool, kernels);
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
