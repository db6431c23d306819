package io.github.sparkattention.internal.rows;

import io.github.sparkattention.internal.executor.ExecutorBackend;
import io.github.sparkattention.internal.executor.LayerLease;
import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.files.AttentionWeightsFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import org.apache.spark.broadcast.Broadcast;

/**
 * A layer on its way to the executors.
 *
 * @param config the settings of the layer
 * @param fingerprint tells the settings and the weights apart from all others
 * @param bytes the weights, as a safetensors file
 */
public record LayerBroadcast(AttentionConfig config, String fingerprint, Broadcast<byte[]> bytes)
    implements Serializable {

  /** Takes the layer into use on this executor. */
  LayerLease lease(BackendPolicy policy) {
    return ExecutorBackend.lease(policy, fingerprint, config, this::weights);
  }

  private AttentionWeights weights() {
    byte[] file = bytes.value();
    try (var in = new ByteArrayInputStream(file)) {
      return AttentionWeightsFile.read(in, file.length, "broadcast weights", "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
