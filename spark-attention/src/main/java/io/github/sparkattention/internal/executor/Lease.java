package io.github.sparkattention.internal.executor;

import io.github.sparkattention.kernels.Prepared;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * A task's hold on a prepared program: while it is open, the program isn't closed. Closing is
 * final.
 */
public final class Lease implements AutoCloseable {
  private final PreparedPrograms.Entry entry;
  private final String backend;
  private final AtomicBoolean open = new AtomicBoolean(true);

  /** Takes over one of the entry's users. */
  Lease(PreparedPrograms.Entry entry, String backend) {
    this.entry = entry;
    this.backend = backend;
  }

  /** Makes the program, unless another task has done so. */
  void prepare(Supplier<Prepared> prepare) {
    entry.prepare(prepare);
  }

  /**
   * The program, ready to run. Other tasks may be using it at the same time.
   *
   * @return the program; it must not be closed, nor used after this lease was closed
   * @throws IllegalStateException if this lease was closed
   */
  public Prepared program() {
    if (!open.get()) {
      throw new IllegalStateException("the lease of a prepared program was closed before this use");
    }
    return entry.program();
  }

  /**
   * What computes the program.
   *
   * @return the backend's description
   */
  public String backend() {
    return backend;
  }

  /** Gives the program back; closing again does nothing. */
  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      entry.release();
    }
  }
}
