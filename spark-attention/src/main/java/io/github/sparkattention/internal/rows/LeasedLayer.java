package io.github.sparkattention.internal.rows;

import io.github.sparkattention.internal.executor.LayerLease;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.backends.BackendPolicy;

/** The layer that the tasks of an executor share. */
public final class LeasedLayer implements TaskLayer {
  private final LayerBroadcast layer;
  private final BackendPolicy policy;
  private final BackendNames backends;
  private LayerLease lease;
  private boolean closed;

  public LeasedLayer(LayerBroadcast layer, BackendPolicy policy, BackendNames backends) {
    this.layer = layer;
    this.policy = policy;
    this.backends = backends;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if it was given back
   */
  @Override
  public Prepared get() {
    LayerLease held = held();
    return held == null ? lease().layer() : held.layer();
  }

  private LayerLease lease() {
    // Not under the lock: it may take long, and a task that ends doesn't wait for it.
    LayerLease taken = layer.lease(policy);
    if (!keep(taken)) {
      taken.close();
      throw closedException();
    }
    backends.add(taken.backend());
    return taken;
  }

  private synchronized LayerLease held() {
    if (closed) {
      throw closedException();
    }
    return lease;
  }

  private synchronized boolean keep(LayerLease taken) {
    if (closed) {
      return false;
    }
    lease = taken;
    return true;
  }

  private static IllegalStateException closedException() {
    return new IllegalStateException(
        "a task that has given its attention layer back can't take it into use again");
  }

  @Override
  public void close() {
    LayerLease held;
    synchronized (this) {
      closed = true;
      held = lease;
      lease = null;
    }
    if (held != null) {
      held.close();
    }
  }
}
