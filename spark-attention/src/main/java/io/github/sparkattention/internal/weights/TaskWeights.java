package io.github.sparkattention.internal.weights;

import io.github.sparkattention.internal.executor.Lease;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.io.Serializable;

/** Weights on their way to the executors, each of which has them once. */
public interface TaskWeights extends Serializable {
  /**
   * Takes their program into use on this executor, which fetches them if no task has done so.
   *
   * @param policy which backend computes it
   * @return the lease, which the task closes
   */
  Lease lease(BackendPolicy policy);
}
