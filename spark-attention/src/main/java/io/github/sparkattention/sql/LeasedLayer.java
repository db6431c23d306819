package io.github.sparkattention.sql;

import io.github.sparkattention.kernels.AttentionLayer;
import io.github.sparkattention.plugin.LayerLease;

/** The layer that the tasks of an executor share. */
final class LeasedLayer implements TaskLayer {
  private final LayerBroadcast layer;
  private final AttentionSpec spec;
  private final BackendNames backends;
  private LayerLease lease;

  LeasedLayer(LayerBroadcast layer, AttentionSpec spec, BackendNames backends) {
    this.layer = layer;
    this.spec = spec;
    this.backends = backends;
  }

  @Override
  public AttentionLayer get() {
    if (lease == null) {
      lease = layer.lease(spec.policy());
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
