package io.github.sparkattention.kernels.opencl;

import static org.assertj.core.api.Assertions.fail;

import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.internal.device.LaunchSize;
import io.github.sparkattention.kernels.internal.device.ProgramData;
import io.github.sparkattention.kernels.internal.launches.DeviceBudget;
import io.github.sparkattention.kernels.internal.launches.LaunchHook;
import java.util.EnumSet;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/**
 * The device that tests run on: the first of any kind, since a processor's OpenCL computes the same
 * bits. {@code -Dsparkattention.require=opencl} turns a missing device from a skip into a failure.
 */
public final class RequiredDevice {
  public static final OpenClSettings SETTINGS =
      OpenClSettings.DEFAULTS
          .withDeviceTypes(EnumSet.allOf(OpenClDevice.Type.class))
          .withConcurrentLaunches(1)
          .withWorkGroup(FastestGroup.USUAL.items());

  /** The same, as a user would set it. */
  public static final Map<String, String> TEXTS =
      Map.of("opencl.deviceTypes", "gpu,cpu,accelerator");

  private RequiredDevice() {}

  /** The device, where a launch of a program has room for so many sequences and tokens alone. */
  public static OpenClBackend open(
      OpenClSettings settings, Program program, Tensors tensors, int sequences, int tokens) {
    OpenClDevice device = get();
    LaunchSize size = new LaunchSize(sequences, tokens, tokens, 0);
    long bytes = DeviceBudget.bytes(new ProgramData(program, tensors), size);
    return new OpenClBackend(
        device,
        DeviceListing.OF_JVM.await(settings.openTimeout()).handle(device),
        settings,
        new DeviceBudget(device.maxAllocation(), bytes),
        LaunchHook.NONE);
  }

  public static OpenClDevice get() {
    OpenClDevices found = OpenClDevices.list();
    if (found.devices().isEmpty()) {
      if (System.getProperty("sparkattention.require", "").contains("opencl")) {
        fail("OpenCL tests are required, but there is no device: %s", found.absence());
      }
      Assumptions.abort("not run, since there is no OpenCL device: " + found.absence());
    }
    return found.devices().get(0);
  }
}
