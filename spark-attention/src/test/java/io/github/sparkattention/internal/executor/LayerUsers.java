package io.github.sparkattention.internal.executor;

import io.github.sparkattention.kernels.backends.BackendPolicy;

/** Shows other packages' tests what tasks hold. */
public final class LayerUsers {
  private LayerUsers() {}

  /** How many leases of layers on Java threads are open in this JVM. */
  public static int count() {
    return ExecutorBackend.programs(BackendPolicy.THREADS).users();
  }
}
