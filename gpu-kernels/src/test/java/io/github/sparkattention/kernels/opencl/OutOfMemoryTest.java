package io.github.sparkattention.kernels.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.PassReport;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.contract.SeededWeights;
import io.github.sparkattention.kernels.internal.launches.DeviceBudget;
import io.github.sparkattention.kernels.internal.launches.LaunchHook;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A device that runs out of memory in earnest, which nothing but OpenCL itself says. */
class OutOfMemoryTest {

  @Test
  void whatTheDeviceHasNoMemoryForIsHalvedAndRunsOnTheNextThread()
      throws IOException, InterruptedException {
    assumeThat(RequiredDevice.get().platform()).startsWith("Portable Computing Language");
    ChildJvm child =
        ChildJvm.run(
            // A device of 1 GiB, a quarter of which may be one buffer.
            List.of("env", "POCL_MEMORY_LIMIT=1"), List.of("-Xmx1400m"), Launches.class);
    assertThat(child.exitCode()).as(child.toString()).isZero();
    assertThat(child.value("together")).isEqualTo("3 launches, 1 halved, same bits, 0 failures");
    assertThat(child.value("one row too large"))
        .matches(
            "a launch failed on .+ with OpenCL status -61 \\(CL_INVALID_BUFFER_SIZE\\), 1 failures");
    assertThat(child.value("small again")).isEqualTo("1 launches, 0 halved, same bits, 1 failures");
  }

  /** The main class of the JVM: batches beyond what the device has, under a budget beyond it. */
  static final class Launches {
    private static final AttentionConfig CONFIG =
        AttentionConfig.builder(8192, 1).slidingWindow(2).build();
    private static final AttentionWeights WEIGHTS = SeededWeights.attention(CONFIG, 5);

    /** Tokens of 32 KiB each: a row of these is 134 MiB. */
    private static final int LENGTH = 4300;

    private Launches() {}

    public static void main(String[] args) {
      OpenClDevice device = RequiredDevice.get();
      DeviceBudget careless = new DeviceBudget(1L << 31, 1L << 33);
      float[] tokens = new float[2 * LENGTH * CONFIG.dIn()];
      for (int i = 0; i < tokens.length; i++) {
        tokens[i] = i % 1013 / 1013f;
      }
      try (OpenClBackend backend =
              new OpenClBackend(
                  device,
                  DeviceListing.OF_JVM.await(RequiredDevice.SETTINGS.openTimeout()).handle(device),
                  RequiredDevice.SETTINGS,
                  careless,
                  LaunchHook.NONE);
          ThreadsBackend threads = new ThreadsBackend(2)) {
        Prepared onDevice = backend.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
        Prepared onThreads = threads.prepare(Program.attention(CONFIG), WEIGHTS.tensors());
        print("together", backend, onDevice, onThreads, tokens, 0, LENGTH, 2 * LENGTH);
        print("one row too large", backend, onDevice, onThreads, tokens, 0, 2 * LENGTH);
        print("small again", backend, onDevice, onThreads, tokens, 0, 7, 20);
      }
    }

    private static void print(
        String what,
        OpenClBackend backend,
        Prepared onDevice,
        Prepared onThreads,
        float[] tokens,
        int... offsets) {
      PackedSequences batch = PackedSequences.of(tokens, CONFIG.dIn(), offsets, offsets.length - 1);
      float[] actual = new float[batch.total()];
      float[] expected = new float[batch.total()];
      onThreads.run(batch, expected);
      String result;
      try {
        PassReport report = onDevice.run(batch, actual);
        result =
            String.format(
                "%d launches, %d halved, %s bits",
                report.launches(),
                report.splits(),
                Arrays.equals(actual, expected) ? "same" : "other");
      } catch (DeviceException e) {
        result = e.getMessage();
      }
      System.out.printf("%s: %s, %d failures%n", what, result, backend.failures());
    }
  }
}
