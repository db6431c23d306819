package io.github.sparkattention.internal.executor;

import io.github.sparkattention.kernels.Prepared;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * A task's hold on a prepared layer: while it is open, the layer isn't closed. Closing is final.
 */
public final class LayerLease implements AutoCloseable {
  private final LayerCache.Entry entry;
  private final String backend;
  private final AtomicBoolean open = new AtomicBoolean(true);

  /** Takes over one of the entry's users. */
  LayerLease(LayerCache.Entry entry, String backend) {
    this.entry = entry;
    this.backend = backend;
  }

  /** Makes the layer, unless another task has done so. */
  void prepare(Supplier<Prepared> prepare) {
    entry.prepare(prepare);
  }

  /**
   * The layer, ready to run. Other tasks may be using it at the same time.
   *
   * @return the layer; it must not be closed, nor used after this lease was closed
   * @throws IllegalStateException if this lease was closed
   */
  public Prepared layer() {
    if (!open.get()) {
      throw new IllegalStateException("the lease of an attention layer was closed before this use");
    }
    return entry.layer();
  }

  /**
   * What computes the layer.
   *
   * @return the backend's description
   */
  public String backend() {
    return backend;
  }

  /** Gives the layer back; closing again does nothing. */
  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      entry.release();
    }
  }
}
