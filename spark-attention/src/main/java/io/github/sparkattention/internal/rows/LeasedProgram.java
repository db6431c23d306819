package io.github.sparkattention.internal.rows;

import io.github.sparkattention.internal.executor.Lease;
import io.github.sparkattention.internal.weights.TaskWeights;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import org.apache.spark.util.CollectionAccumulator;

/** The program that the tasks of an executor share. */
public final class LeasedProgram implements TaskProgram {
  private final TaskWeights weights;
  private final BackendPolicy policy;
  private final CollectionAccumulator<String> backends;
  private Lease lease;
  private boolean closed;

  public LeasedProgram(
      TaskWeights weights, BackendPolicy policy, CollectionAccumulator<String> backends) {
    this.weights = weights;
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
    Lease held = held();
    return held == null ? lease().program() : held.program();
  }

  private Lease lease() {
    // Not under the lock: it may take long, and a task that ends doesn't wait for it.
    Lease taken = weights.lease(policy);
    if (!keep(taken)) {
      taken.close();
      throw closedException();
    }
    backends.add(taken.backend());
    return taken;
  }

  private synchronized Lease held() {
    if (closed) {
      throw closedException();
    }
    return lease;
  }

  private synchronized boolean keep(Lease taken) {
    if (closed) {
      return false;
    }
    lease = taken;
    return true;
  }

  private static IllegalStateException closedException() {
    return new IllegalStateException(
        "a task that has given its program back can't take it into use again");
  }

  @Override
  public void close() {
    Lease held;
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
