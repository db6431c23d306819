package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.Device;
import java.util.Locale;

/**
 * What an OpenCL device says of itself.
 *
 * @param name the device's name
 * @param type GPU, CPU or accelerator
 * @param platform name and version of the platform that it belongs to
 * @param vendor the platform's vendor
 * @param globalMemory bytes of memory
 * @param maxAllocation bytes that one buffer may have
 * @param maxWorkGroupSize most work items of a work group
 * @param computeUnits number of compute units
 */
public record OpenClDevice(
    String name,
    Type type,
    String platform,
    String vendor,
    long globalMemory,
    long maxAllocation,
    int maxWorkGroupSize,
    int computeUnits) {

  /** The kind of a device. */
  public enum Type {
    /** A graphics processor. */
    GPU,
    /** The host's processor. */
    CPU,
    /** Any other accelerator. */
    ACCELERATOR;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Memory from which on two launches have room: the largest weights are 2 GiB. */
  private static final long ROOM_FOR_TWO = 12L << 30;

  /**
   * The launches that may be on the device at once if nobody says how many. A processor's OpenCL
   * has nothing to copy to.
   */
  int launchesAtOnce() {
    return type == Type.GPU && globalMemory >= ROOM_FOR_TWO ? 2 : 1;
  }

  /** The device as every backend tells of its own. */
  Device device() {
    return new Device(
        name,
        type.toString(),
        globalMemory,
        String.format(
            Locale.ROOT,
            "%d compute units, work groups up to %d; %s, %s",
            computeUnits,
            maxWorkGroupSize,
            platform,
            vendor));
  }
}
