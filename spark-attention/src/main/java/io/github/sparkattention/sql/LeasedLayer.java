package io.github.sparkattention.sql;

import io.github.sparkattention.kernels.AttentionLayer;
import io.github.sparkattention.kernels.BackendPolicy;
import io.github.sparkattention.plugin.LayerLease;

/** The layer that the tasks of an executor share. */
final class LeasedLayer implements TaskLayer {
  private final LayerBroadcast layer;
  private final BackendPolicy policy;
  private final BackendNames backends;
  private LayerLease lease;

  LeasedLayer(LayerBroadcast layer, BackendPolicy policy, BackendNames backends) {
    this.layer = layer;
    this.policy = policy;
    this.backends = backends;
  }

  @Override
  public AttentionLayer get() {
    if (lease == null) {
      lease = layer.lease(policy);
      backends.add(lease.backend());
    }
    return lease.layer();
  }

  @Override
  public void close() {
    if (lease != null) {
      lease.close();
      lease = null;
    }
  }
}
