package io.github.sparkattention.internal.weights;

import io.github.sparkattention.internal.executor.ExecutorBackend;
import io.github.sparkattention.internal.executor.Lease;
import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.checkpoints.AttentionWeightsFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.spark.broadcast.Broadcast;

/**
 * A layer's weights on their way to the executors.
 *
 * @param config the settings of the layer
 * @param fingerprint tells the settings and the weights apart from all others
 * @param bytes the weights, as a safetensors file
 */
public record BroadcastWeights(AttentionConfig config, String fingerprint, Broadcast<byte[]> bytes)
    implements TaskWeights {

  @Override
  public Lease lease(BackendPolicy policy) {
    return ExecutorBackend.lease(
        policy, fingerprint, Program.attention(config), () -> weights().tensors());
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
