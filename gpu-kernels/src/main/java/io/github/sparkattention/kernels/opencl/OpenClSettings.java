package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.internal.device.WorkGroup;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Which OpenCL device to take, and how to use it.
 *
 * @param deviceTypes the kinds of device that may be taken; GPUs alone unless a user adds more
 * @param device an index into the devices of these kinds, or a part of a name, in any case; null
 *     takes the assigned GPU, else the first device
 * @param assignedGpus addresses of the GPUs that a scheduler has assigned to this JVM, in its
 *     order; empty if there is none. Address N is the N-th of the OpenCL GPUs, from 0, and of
 *     several the first is taken; they count only if GPUs may be taken and {@code device} is null
 * @param concurrentLaunches launches that may be on the device at once, at least 1, or {@link
 *     #BY_MEMORY}; each has its own copy of a program's weights there
 * @param launchTimeout how long a launch may take before its batch is given up as hung
 * @param failuresInARow after how many failed launches in a row the device is given up
 * @param workGroup work items of a group, which the sizes of tiles go with: 16, 64 or 256, of which
 *     a device that allows fewer gets fewer; or {@link #FASTEST}
 * @param openTimeout how long the drivers may take to list their devices
 * @param accepted deviations from the numeric contract that a device may have
 */
public record OpenClSettings(
    Set<OpenClDevice.Type> deviceTypes,
    String device,
    List<String> assignedGpus,
    int concurrentLaunches,
    Duration launchTimeout,
    int failuresInARow,
    int workGroup,
    Duration openTimeout,
    Set<Deviation> accepted) {

  /**
   * In place of a work group: the one that is fastest on the device, measured when it is opened; 64
   * on a processor, which is not measured.
   */
  public static final int FASTEST = 0;

  /**
   * In place of a number of launches: two on a GPU whose memory has room for them, so that the
   * copies of one batch go beside the kernels of another; one elsewhere.
   */
  public static final int BY_MEMORY = 0;

  private static final Duration OPEN_TIMEOUT = Duration.ofMinutes(1);

  /** The settings of a user who has set nothing: the first GPU. */
  public static final OpenClSettings DEFAULTS =
      new OpenClSettings(Set.of(OpenClDevice.Type.GPU), null, BY_MEMORY, Duration.ofMinutes(2), 3);

  /**
   * Validates the components.
   *
   * @param deviceTypes the component {@link #deviceTypes}
   * @param device the component {@link #device}
   * @param assignedGpus the component {@link #assignedGpus}
   * @param concurrentLaunches the component {@link #concurrentLaunches}
   * @param launchTimeout the component {@link #launchTimeout}
   * @param failuresInARow the component {@link #failuresInARow}
   * @param workGroup the component {@link #workGroup}
   * @param openTimeout the component {@link #openTimeout}
   * @param accepted the component {@link #accepted}
   * @throws IllegalArgumentException if one is out of range; the message names it
   */
  public OpenClSettings {
    deviceTypes = Set.copyOf(deviceTypes);
    assignedGpus = List.copyOf(assignedGpus);
    accepted = Set.copyOf(accepted);
    if (deviceTypes.isEmpty()) {
      throw new IllegalArgumentException("deviceTypes must name at least one kind of device");
    }
    if (concurrentLaunches < 1 && concurrentLaunches != BY_MEMORY) {
      throw new IllegalArgumentException(
          "concurrentLaunches must be at least 1, but is " + concurrentLaunches);
    }
    requirePositive("launchTimeout", launchTimeout);
    requirePositive("openTimeout", openTimeout);
    if (failuresInARow < 1) {
      throw new IllegalArgumentException(
          "failuresInARow must be at least 1, but is " + failuresInARow);
    }
    if (workGroup != FASTEST) {
      WorkGroup.of(workGroup);
    }
  }

  private static void requirePositive(String name, Duration time) {
    Objects.requireNonNull(time, name);
    if (time.isNegative() || time.isZero()) {
      throw new IllegalArgumentException(name + " must be positive, but is " + time);
    }
  }

  /**
   * Settings for a JVM to which no scheduler has assigned a GPU.
   *
   * @param deviceTypes the component {@link #deviceTypes}
   * @param device the component {@link #device}
   * @param concurrentLaunches the component {@link #concurrentLaunches}
   * @param launchTimeout the component {@link #launchTimeout}
   * @param failuresInARow the component {@link #failuresInARow}
   * @throws IllegalArgumentException if one is out of range; the message names it
   */
  public OpenClSettings(
      Set<OpenClDevice.Type> deviceTypes,
      String device,
      int concurrentLaunches,
      Duration launchTimeout,
      int failuresInARow) {
    this(
        deviceTypes,
        device,
        List.of(),
        concurrentLaunches,
        launchTimeout,
        failuresInARow,
        FASTEST,
        OPEN_TIMEOUT,
        Set.of());
  }

  /** How many launches may be on a device at once. */
  int launchesOn(OpenClDevice taken) {
    return concurrentLaunches == BY_MEMORY ? taken.launchesAtOnce() : concurrentLaunches;
  }

  /**
   * The same settings with other kinds of device.
   *
   * @param types the kinds
   * @return the settings
   */
  public OpenClSettings withDeviceTypes(Set<OpenClDevice.Type> types) {
    return new OpenClSettings(
        types,
        device,
        assignedGpus,
        concurrentLaunches,
        launchTimeout,
        failuresInARow,
        workGroup,
        openTimeout,
        accepted);
  }

  /**
   * The same settings with another device.
   *
   * @param indexOrName an index or a part of a name; null takes the assigned GPU, else the first
   *     device
   * @return the settings
   */
  public OpenClSettings withDevice(String indexOrName) {
    return new OpenClSettings(
        deviceTypes,
        indexOrName,
        assignedGpus,
        concurrentLaunches,
        launchTimeout,
        failuresInARow,
        workGroup,
        openTimeout,
        accepted);
  }

  /**
   * The same settings with other assigned GPUs.
   *
   * @param addresses the GPUs' addresses, in the scheduler's order
   * @return the settings
   */
  public OpenClSettings withAssignedGpus(List<String> addresses) {
    return new OpenClSettings(
        deviceTypes,
        device,
        addresses,
        concurrentLaunches,
        launchTimeout,
        failuresInARow,
        workGroup,
        openTimeout,
        accepted);
  }

  /**
   * The same settings with another number of launches.
   *
   * @param launches how many may be on the device at once, or {@link #BY_MEMORY}
   * @return the settings
   * @throws IllegalArgumentException if there can't be so many
   */
  public OpenClSettings withConcurrentLaunches(int launches) {
    return new OpenClSettings(
        deviceTypes,
        device,
        assignedGpus,
        launches,
        launchTimeout,
        failuresInARow,
        workGroup,
        openTimeout,
        accepted);
  }

  /**
   * The same settings with another work group.
   *
   * @param items its work items: 16, 64 or 256, or {@link #FASTEST}
   * @return the settings
   * @throws IllegalArgumentException if there is no such work group
   */
  public OpenClSettings withWorkGroup(int items) {
    return new OpenClSettings(
        deviceTypes,
        device,
        assignedGpus,
        concurrentLaunches,
        launchTimeout,
        failuresInARow,
        items,
        openTimeout,
        accepted);
  }

  /**
   * The same settings with another time for the drivers.
   *
   * @param time how long they may take to list their devices
   * @return the settings
   * @throws IllegalArgumentException if the time is not positive
   */
  public OpenClSettings withOpenTimeout(Duration time) {
    return new OpenClSettings(
        deviceTypes,
        device,
        assignedGpus,
        concurrentLaunches,
        launchTimeout,
        failuresInARow,
        workGroup,
        time,
        accepted);
  }

  /**
   * The same settings with other deviations accepted.
   *
   * @param deviations what a device may do otherwise than the numeric contract says
   * @return the settings
   */
  public OpenClSettings withAccepted(Set<Deviation> deviations) {
    return new OpenClSettings(
        deviceTypes,
        device,
        assignedGpus,
        concurrentLaunches,
        launchTimeout,
        failuresInARow,
        workGroup,
        openTimeout,
        deviations);
  }
}
