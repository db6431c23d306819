package io.github.sparkattention.plugin;

import io.github.sparkattention.kernels.AttentionLayer;
import java.util.concurrent.atomic.AtomicBoolean;

/** A task's hold on a prepared layer: while it is open, the layer isn't closed. */
public final class LayerLease implements AutoCloseable {
  private final LayerCache cache;
  private final LayerCache.Entry entry;
  private final String backend;
  private final AtomicBoolean open = new AtomicBoolean(true);

  LayerLease(LayerCache cache, LayerCache.Entry entry, String backend) {
    this.cache = cache;
    this.entry = entry;
    this.backend = backend;
  }

  /**
   * The layer, ready to run. Other tasks may be using it at the same time.
   *
   * @return the layer; it must not be closed, nor used after this lease was closed
   */
  public AttentionLayer layer() {
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
      cache.release(entry);
    }
  }
}
