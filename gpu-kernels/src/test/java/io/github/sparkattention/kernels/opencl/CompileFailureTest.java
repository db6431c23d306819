package io.github.sparkattention.kernels.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.backends.BackendChoice;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.backends.Backends;
import io.github.sparkattention.kernels.contract.SeededWeights;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A driver whose compiler refuses the device code. */
class CompileFailureTest {

  @Test
  void aKernelThatDoesNotCompileFailsWhenTheDeviceIsOpenedAndNotAtARow()
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
        .isEqualTo(
            "backend 'opencl' was asked for, but the kernel does not compile on "
                + device.name()
                + ": OpenCL compile failed");
    assertThat(child.value("auto")).isEqualTo("fallback true, same bits true");
  }

  /** The main class of the JVM: opens the device under both policies. */
  static final class BothPolicies {
    private BothPolicies() {}

    public static void main(String[] args) {
      AttentionConfig config = AttentionConfig.builder(2, 2).build();
      AttentionWeights weights = SeededWeights.attention(config, 1);
      PackedSequences batch = PackedSequences.pack(new float[][] {{1, 2, 3, 4}}, 2);
      float[] expected = new float[4];
      try (Backend threads = new ThreadsBackend(1)) {
        threads.prepare(Program.attention(config), weights.tensors()).run(batch, expected);
      }
      try (Backend backend = choose(BackendPolicy.parse("opencl")).backend()) {
        System.out.println("opencl: opened " + backend.description());
      } catch (BackendUnavailableException e) {
        System.out.println("opencl: " + e.getMessage());
      }
      float[] context = new float[4];
      BackendChoice choice = choose(BackendPolicy.AUTO);
      try (Backend backend = choice.backend()) {
        backend.prepare(Program.attention(config), weights.tensors()).run(batch, context);
      }
      System.out.printf(
          "auto: fallback %s, same bits %s%n", choice.fallback(), Arrays.equals(context, expected));
    }

    private static BackendChoice choose(BackendPolicy policy) {
      return Backends.choose(policy, 1, RequiredDevice.TEXTS);
    }
  }
}
