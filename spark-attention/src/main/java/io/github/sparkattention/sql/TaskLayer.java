package io.github.sparkattention.sql;

import io.github.sparkattention.kernels.AttentionLayer;
import io.github.sparkattention.plugin.LayerLease;

/** A task's layer, taken into use when the first batch needs it. */
final class TaskLayer implements AutoCloseable {
  private final LayerBroadcast layer;
  private final AttentionSpec spec;
  private final BackendNames backends;
  private LayerLease lease;

  TaskLayer(LayerBroadcast layer, AttentionSpec spec, BackendNames backends) {
    this.layer = layer;
    this.spec = spec;
    this.backends = backends;
  }

  AttentionLayer get() {
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
