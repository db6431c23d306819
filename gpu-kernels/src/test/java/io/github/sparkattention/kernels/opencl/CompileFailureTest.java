package io.github.sparkattention.kernels.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.sparkattention.kernels.AttentionBackend;
import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionLayer;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.BackendPolicy;
import io.github.sparkattention.kernels.Backends;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A driver whose compiler refuses the device code. */
class CompileFailureTest {

  @Test
  void aKernelThatDoesNotCompileFailsWhenItsLayerIsPreparedAndNotAtARow()
      throws IOException, InterruptedException {
    OpenClDevice device = RequiredDevice.get();
    assumeThat(device.platform()).startsWith("Portable Computing Language");
    ChildJvm child =
        ChildJvm.run(
            List.of("env", "POCL_EXTRA_BUILD_FLAGS=-Dbarrier=there_is_no_such_function"),
            List.of(),
            BothPolicies.class);
    assertThat(child.exitCode()).as(child.toString()).isZero();
    assertThat(child.value("opencl"))
        .isEqualTo("the kernel does not compile on " + device.name() + ": OpenCL compile failed");
    assertThat(child.value("auto")).isEqualTo("fallback true, same bits true");
  }

  /** The main class of the JVM: prepares a layer under both policies. */
  static final class BothPolicies {
    private BothPolicies() {}

    public static void main(String[] args) {
      AttentionConfig config = AttentionConfig.builder(2, 2).build();
      AttentionWeights weights = AttentionWeights.seeded(config, 1);
      PackedSequences batch = PackedSequences.pack(new float[][] {{1, 2, 3, 4}}, 2);
      float[] expected = new float[4];
      try (AttentionBackend threads = new ThreadsBackend(1)) {
        threads.prepare(config, weights).forward(batch, expected);
      }
      try (AttentionBackend backend =
          Backends.open(BackendPolicy.OPENCL, 1, RequiredDevice.SETTINGS)) {
        backend.prepare(config, weights);
      } catch (DeviceException e) {
        System.out.println("opencl: " + e.getMessage());
      }
      float[] context = new float[4];
      try (AttentionBackend backend =
          Backends.open(BackendPolicy.AUTO, 1, RequiredDevice.SETTINGS)) {
        AttentionLayer layer = backend.prepare(config, weights);
        boolean fallback = layer.forward(batch, context).fallback();
        System.out.printf(
            "auto: fallback %s, same bits %s%n", fallback, Arrays.equals(context, expected));
      }
    }
  }
}
