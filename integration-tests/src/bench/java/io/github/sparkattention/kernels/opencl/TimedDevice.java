package io.github.sparkattention.kernels.opencl;

import com.aparapi.device.OpenCLDevice;
import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.internal.launches.DeviceBudget;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;

/** The backend on one device, with a clock in its launches. */
public final class TimedDevice implements AutoCloseable {
  private static final OpenClSettings ANY =
      new OpenClSettings(
          EnumSet.allOf(OpenClDevice.Type.class), null, 1, Duration.ofMinutes(30), 1);

  private final OpenClDevice device;
  private final OpenCLDevice handle;
  private final OpenClBackend backend;
  private final LaunchClock clock = new LaunchClock();

  /**
   * Opens a device.
   *
   * @param device one of {@link #choose}
   * @param workGroup work items of a group
   */
  public TimedDevice(OpenClDevice device, int workGroup) {
    this.device = device;
    handle = DeviceListing.OF_JVM.await(ANY.openTimeout()).handle(device);
    backend =
        new OpenClBackend(
            device,
            handle,
            ANY.withWorkGroup(workGroup),
            DeviceBudget.of(device.maxAllocation(), device.globalMemory(), 1),
            clock);
  }

  /**
   * The devices of all types.
   *
   * @param indexOrName which one; null takes all
   * @throws io.github.sparkattention.kernels.BackendUnavailableException if there is none
   */
  public static List<OpenClDevice> choose(String indexOrName) {
    OpenClDevices found = OpenClDevices.list();
    OpenClDevice first = DeviceChoice.choose(found, ANY.withDevice(indexOrName));
    return indexOrName == null ? found.devices() : List.of(first);
  }

  /** What the device says of itself. */
  public OpenClDevice device() {
    return device;
  }

  /** Computes on the device and nowhere else. */
  public Backend backend() {
    return backend;
  }

  /** What the launches since the last call took. */
  public LaunchTimes takeTimes() {
    return clock.take();
  }

  /** Measures for about a second. */
  public DevicePeaks measurePeaks() {
    return DevicePeaks.measure(handle);
  }

  @Override
  public void close() {
    backend.close();
  }
}
