package io.github.sparkattention.kernels.backends;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.BackendContract;
import io.github.sparkattention.kernels.BackendProvider;
import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Pass;
import io.github.sparkattention.kernels.PassCancelledException;
import io.github.sparkattention.kernels.PassReport;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.PreparedMemory;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.RandomLayers;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.opencl.RequiredDevice;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackendsTest {
  private static final BackendPolicy OPENCL = BackendPolicy.parse("opencl");
  private static final Map<String, String> NO_SUCH_DEVICE =
      Map.of("opencl.deviceTypes", "gpu,cpu,accelerator", "opencl.device", "no such device");

  @Test
  void threadsAreAlwaysThere() {
    BackendChoice choice = Backends.choose(BackendPolicy.THREADS, 3, NO_SUCH_DEVICE);
    try (Backend backend = choice.backend()) {
      assertThat(backend.description()).startsWith("Java threads (3 threads, ");
      assertThat(choice.reason()).isEqualTo("backend 'threads' was asked for");
      assertThat(choice.fallback()).isFalse();
    }
  }

  @Test
  void autoTakesJavaThreadsWhereThereIsNoSuchDevice() {
    BackendChoice choice = Backends.choose(BackendPolicy.AUTO, 1, NO_SUCH_DEVICE);
    try (Backend backend = choice.backend()) {
      assertThat(backend.description()).startsWith("Java threads (1 thread, ");
      assertThat(choice.reason()).contains("OpenCL device");
      assertThat(choice.fallback()).isTrue();
    }
  }

  @Test
  void openClFailsWhereThereIsNoSuchDevice() {
    assertThatThrownBy(() -> Backends.choose(OPENCL, 1, NO_SUCH_DEVICE))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessageStartingWith("backend 'opencl' was asked for, but ");
  }

  @Test
  void autoTakesTheDeviceThatTheSettingsAllow() {
    RequiredDevice.get();
    try (Backend backend = Backends.choose(BackendPolicy.AUTO, 1, RequiredDevice.TEXTS).backend()) {
      assertThat(backend).isInstanceOf(FallbackBackend.class);
      assertThat(backend.description()).startsWith("OpenCL (");
    }
  }

  @Test
  void policiesShareWhatTheirCallerHasOpened() {
    Failing device = new Failing(true);
    try (ThreadsBackend threads = new ThreadsBackend(1)) {
      for (BackendPolicy policy : BackendPolicy.all()) {
        BackendChoice choice =
            Backends.choose(policy, policy.providers(), () -> threads, provider -> device);
        assertThat(choice.fallback()).isFalse();
        assertThat(choice.backend().description())
            .isEqualTo(
                policy.equals(BackendPolicy.THREADS)
                    ? threads.description()
                    : device.description());
      }
    }
  }

  @Test
  void javaThreadsStandInForADeviceThatFails() {
    AttentionConfig config = RandomLayers.config(new Random(3));
    AttentionWeights weights = RandomLayers.weights(config, new Random(3));
    float[][] sequences = RandomLayers.sequences(config, 5, 60, new Random(3));
    try (ThreadsBackend threads = new ThreadsBackend(1);
        FallbackBackend backend = new FallbackBackend(new Failing(true), new ThreadsBackend(1))) {
      Prepared layer = backend.prepare(Program.attention(config), weights.tensors());
      float[] expected =
          BackendContract.run(
              threads.prepare(Program.attention(config), weights.tensors()), sequences);
      assertThat(BackendContract.run(layer, sequences)).isEqualTo(expected);
      PackedSequences batch = PackedSequences.pack(sequences, config.dIn());
      float[] context = new float[expected.length];
      PassReport report = layer.run(batch, context);
      assertThat(context).isEqualTo(expected);
      assertThat(report.fallback()).isTrue();
      assertThat(report.computeNanos()).isPositive();
      assertThat(report.launches()).isZero();
      assertThat(backend.fallbacks()).isEqualTo(2);
      assertThat(backend.description()).isEqualTo("a device that fails");
    }
  }

  @Test
  void javaThreadsNeverStandInForAPassThatIsGivenUp() {
    AttentionConfig config = RandomLayers.config(new Random(3));
    AttentionWeights weights = RandomLayers.weights(config, new Random(3));
    PackedSequences batch =
        PackedSequences.pack(RandomLayers.sequences(config, 5, 60, new Random(3)), config.dIn());
    Outputs output = Outputs.of(new float[batch.total() * config.dOut()]);
    try (FallbackBackend backend = new FallbackBackend(new ThreadsBackend(1), new Failing(true))) {
      Prepared layer = backend.prepare(Program.attention(config), weights.tensors());
      assertThatThrownBy(() -> layer.run(batch, output, Dropout.NONE, () -> true))
          .isInstanceOf(PassCancelledException.class)
          .hasMessage("the forward pass was given up by its caller");
      assertThat(backend.fallbacks()).isZero();
    }
    // One that began before it was given up, on the threads in the device's stead.
    try (FallbackBackend backend = new FallbackBackend(new Failing(true), new ThreadsBackend(1))) {
      Prepared layer = backend.prepare(Program.attention(config), weights.tensors());
      assertThatThrownBy(() -> layer.run(batch, output, Dropout.NONE, () -> true))
          .isInstanceOf(PassCancelledException.class);
    }
  }

  @Test
  void javaThreadsComputeALayerThatDoesNotCompileOnTheDevice() {
    AttentionConfig config = RandomLayers.config(new Random(4));
    AttentionWeights weights = RandomLayers.weights(config, new Random(4));
    float[][] sequences = RandomLayers.sequences(config, 5, 60, new Random(4));
    try (ThreadsBackend threads = new ThreadsBackend(1);
        FallbackBackend backend = new FallbackBackend(new Failing(false), new ThreadsBackend(1))) {
      assertThat(
              BackendContract.run(
                  backend.prepare(Program.attention(config), weights.tensors()), sequences))
          .isEqualTo(
              BackendContract.run(
                  threads.prepare(Program.attention(config), weights.tensors()), sequences));
    }
  }

  @Test
  void aBackendThatOnlyTheDriverKnowsIsRefusedByName() {
    assertThatThrownBy(() -> Backends.open(new BackendPolicy("metal"), 1))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessage(
            "backend 'metal' was asked for, but this JVM has only auto, opencl, threads; put the"
                + " backend's jar on the class path of driver and executors");
  }

  @Test
  void twoBackendsOfOneNameAreRefused() {
    List<BackendProvider> registered = OPENCL.providers();
    assertThat(BackendPolicy.checked(registered)).isEqualTo(registered);
    assertThatThrownBy(() -> BackendPolicy.checked(List.of(registered.get(0), registered.get(0))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "backends must have names of their own, but"
                + " io.github.sparkattention.kernels.opencl.OpenClProvider and"
                + " io.github.sparkattention.kernels.opencl.OpenClProvider both have 'opencl'");
  }

  @Test
  void aPolicyIsReadInAnyCaseAndRefusedByName() {
    assertThat(BackendPolicy.parse("OpenCL")).hasToString("opencl").isEqualTo(OPENCL);
    assertThatThrownBy(() -> BackendPolicy.parse("gpu"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("backend must be one of auto, opencl, threads, but is 'gpu'");
  }

  /** Fails at every batch, or doesn't even compile a layer. */
  private record Failing(boolean compiles) implements Backend {
    @Override
    public Prepared prepare(Program program, Tensors tensors) {
      if (!compiles) {
        throw new DeviceException("the kernel does not compile", null);
      }
      return new Prepared() {
        @Override
        public Program program() {
          return program;
        }

        @Override
        public Pass begin(
            PackedSequences batch, Outputs outputs, Dropout dropout, Cancellation cancellation) {
          throw new DeviceException("it failed", null);
        }

        @Override
        public PreparedMemory memory() {
          return PreparedMemory.NONE;
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public String description() {
      return "a device that fails";
    }

    @Override
    public void close() {}
  }
}
