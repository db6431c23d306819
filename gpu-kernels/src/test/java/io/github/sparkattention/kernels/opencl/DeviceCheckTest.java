package io.github.sparkattention.kernels.opencl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.backends.BackendChoice;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.backends.Backends;
import io.github.sparkattention.kernels.internal.device.WorkGroup;
import io.github.sparkattention.kernels.internal.launches.DeviceBudget;
import io.github.sparkattention.kernels.internal.launches.LaunchHook;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Devices that compute something else, played ones and a real one. */
class DeviceCheckTest {
  private static final OpenClDevice PLAYED =
      new OpenClDevice("Played GPU", OpenClDevice.Type.GPU, "", "", 1L << 30, 1L << 28, 64, 1);

  private final DeviceCheck check = new DeviceCheck();
  private final AtomicInteger opened = new AtomicInteger();

  private void require(Set<Deviation> accepted, Consumer<Outputs> driver) {
    require(
        accepted,
        () -> {
          opened.incrementAndGet();
          return new PlayedBackend(driver);
        });
  }

  private void require(Set<Deviation> accepted, Supplier<Backend> open) {
    check.require(PLAYED, "the key", accepted, open);
  }

  /** The first value of the input's embeddings. */
  private static void halve(Outputs outputs) {
    outputs.array(0)[0] /= 2;
  }

  /** Flips each zero of all outputs. */
  private static void loseSigns(Outputs outputs) {
    for (int o = 0; outputs.array(o) != null; o++) {
      float[] values = outputs.array(o);
      for (int i = 0; i < values.length; i++) {
        values[i] = values[i] == 0 ? -0f : values[i];
      }
    }
  }

  @Test
  void aDeviceThatIsRightIsCheckedOnce() {
    require(Set.of(), outputs -> {});
    require(Set.of(), outputs -> {});
    require(EnumSet.allOf(Deviation.class), outputs -> {});
    assertThat(opened).hasValue(1);
  }

  @Test
  void aDeviceThatIsWrongCountsAsAbsentAndJavaThreadsStandIn() {
    BackendChoice choice =
        Backends.choose(
            BackendPolicy.AUTO,
            List.of(new OpenClProvider()),
            () -> new ThreadsBackend(1),
            provider -> {
              require(EnumSet.allOf(Deviation.class), DeviceCheckTest::halve);
              throw new AssertionError("it was let in");
            });
    try (Backend threads = choice.backend()) {
      assertThat(threads.description()).startsWith("Java threads (1 thread, ");
      assertThat(choice.fallback()).isTrue();
      assertThat(choice.reason())
          .matches(
              "Played GPU computes value 0 of token 0 in step 0 \\(Embed\\) as \\S+, where the"
                  + " numeric contract gives \\S+");
    }
  }

  @Test
  void aRefusalNamesTheSettingThatWouldTakeTheDevice() {
    assertThatThrownBy(() -> require(Set.of(), DeviceCheckTest::loseSigns))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessageStartingWith("Played GPU computes ")
        .hasMessageEndingWith(
            " as -0.0, where the numeric contract gives 0.0; accept=signed-zeros would take it all"
                + " the same");
    assertThatThrownBy(() -> require(Set.of(Deviation.SUBNORMALS), DeviceCheckTest::loseSigns))
        .hasMessageEndingWith("; accept=signed-zeros,subnormals would take it all the same");
    require(Set.of(Deviation.SIGNED_ZEROS), DeviceCheckTest::loseSigns);
    assertThat(opened).hasValue(1);
  }

  /** What else was on the device may be gone the next time. */
  @Test
  void aDeviceThatFailsAtTheCheckIsAskedAnewByWhoeverComesNext() {
    Supplier<Backend> failing =
        () -> {
          throw new DeviceException("a launch failed on Played GPU with OpenCL status -5", null);
        };
    assertThatThrownBy(() -> require(Set.of(), failing))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessage("a launch failed on Played GPU with OpenCL status -5");
    require(Set.of(), outputs -> {});
    assertThat(opened).hasValue(1);
  }

  @ParameterizedTest
  @EnumSource(WorkGroup.class)
  void theDeviceOfTheseTestsIsRight(WorkGroup group) {
    OpenClDevice device = RequiredDevice.get();
    check.require(device, group, Set.of(), () -> open(device, group, DeviceCheck.UNWRITTEN_BEFORE));
  }

  /** As if the driver had ended the kernel before its groups had begun. */
  @Test
  void whatTheDeviceDoesNotComputeIsUnwritten() {
    OpenClDevice device = RequiredDevice.get();
    LaunchHook stops =
        (launch, kernel) -> {
          DeviceCheck.UNWRITTEN_BEFORE.before(launch, kernel);
          kernel.numBlocks = 0;
        };
    assertThatThrownBy(
            () ->
                check.require(
                    device,
                    stops,
                    EnumSet.allOf(Deviation.class),
                    () -> open(device, WorkGroup.MEDIUM, stops)))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessageMatching(
            "\\Q"
                + device.name()
                + "\\E leaves value 0 of token 0 in step 4 \\(Attend\\) unwritten, where the"
                + " numeric contract gives \\S+");
  }

  private static OpenClBackend open(OpenClDevice device, WorkGroup group, LaunchHook hook) {
    OpenClSettings settings = RequiredDevice.SETTINGS.withWorkGroup(group.items());
    return new OpenClBackend(
        device,
        DeviceListing.OF_JVM.await(settings.openTimeout()).handle(device),
        settings,
        DeviceBudget.of(device.maxAllocation(), device.globalMemory(), 1),
        hook);
  }
}
