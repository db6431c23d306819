package io.github.sparkattention.plugin;

import static org.assertj.core.api.Assertions.fail;

import io.github.sparkattention.internal.executor.AttentionSettings;
import io.github.sparkattention.internal.executor.SettingsInForce;
import io.github.sparkattention.kernels.Devices;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import org.junit.jupiter.api.Assumptions;

/**
 * The device that tests run on: the first of any type, since a processor's OpenCL computes the same
 * bits. {@code -Dsparkattention.require=opencl} turns a missing device from a skip into a failure.
 */
final class RequiredDevice {

  private RequiredDevice() {}

  /** The OpenCL devices of this machine. */
  static Devices list() {
    return BackendPolicy.parse("opencl").providers().get(0).devices();
  }

  /** Lets the application's stages take it, whatever its type is. */
  static void allow() {
    Devices found = list();
    if (found.devices().isEmpty()) {
      if (System.getProperty("sparkattention.require", "").contains("opencl")) {
        fail("OpenCL tests are required, but there is no device: %s", found.absence());
      }
      Assumptions.abort("not run, since there is no OpenCL device: " + found.absence());
    }
    SettingsInForce.set(AttentionSettings.DEVICE_TYPES, "gpu,cpu,accelerator");
  }
}
