package io.github.sparkattention.kernels.opencl;

import java.time.Duration;
import java.util.Objects;
import java.util.Set;

/**
 * Which OpenCL device to take, and how to use it.
 *
 * @param deviceTypes the kinds of device that may be taken; GPUs alone unless a user adds more
 * @param device an index into the devices of these kinds, or a part of a name, in any case; null
 *     takes the first
 * @param concurrentLaunches launches that may be on the device at once, at least 1; each has its
 *     own copy of a layer's weights there
 * @param launchTimeout how long a launch may take before its batch is given up as hung
 * @param failuresInARow after how many failed launches in a row the device is given up
 */
public record OpenClSettings(
    Set<OpenClDevice.Type> deviceTypes,
    String device,
    int concurrentLaunches,
    Duration launchTimeout,
    int failuresInARow) {

  /** The settings of a user who has set nothing: the first GPU, one launch at a time. */
  public static final OpenClSettings DEFAULTS =
      new OpenClSettings(Set.of(OpenClDevice.Type.GPU), null, 1, Duration.ofMinutes(2), 3);

  /**
   * Validates the components.
   *
   * @param deviceTypes the component {@link #deviceTypes}
   * @param device the component {@link #device}
   * @param concurrentLaunches the component {@link #concurrentLaunches}
   * @param launchTimeout the component {@link #launchTimeout}
   * @param failuresInARow the component {@link #failuresInARow}
   * @throws IllegalArgumentException if one is out of range; the message names it
   */
  public OpenClSettings {
    deviceTypes = Set.copyOf(deviceTypes);
    Objects.requireNonNull(launchTimeout, "launchTimeout");
    if (deviceTypes.isEmpty()) {
      throw new IllegalArgumentException("deviceTypes must name at least one kind of device");
    }
    if (concurrentLaunches < 1) {
      throw new IllegalArgumentException(
          "concurrentLaunches must be at least 1, but is " + concurrentLaunches);
    }
    if (launchTimeout.isNegative() || launchTimeout.isZero()) {
      throw new IllegalArgumentException("launchTimeout must be positive, but is " + launchTimeout);
    }
    if (failuresInARow < 1) {
      throw new IllegalArgumentException(
          "failuresInARow must be at least 1, but is " + failuresInARow);
    }
  }

  /**
   * The same settings with other kinds of device.
   *
   * @param types the kinds
   * @return the settings
   */
  public OpenClSettings withDeviceTypes(Set<OpenClDevice.Type> types) {
    return new OpenClSettings(types, device, concurrentLaunches, launchTimeout, failuresInARow);
  }

  /**
   * The same settings with another device.
   *
   * @param indexOrName an index or a part of a name; null takes the first device
   * @return the settings
   */
  public OpenClSettings withDevice(String indexOrName) {
    return new OpenClSettings(
        deviceTypes, indexOrName, concurrentLaunches, launchTimeout, failuresInARow);
  }
}
