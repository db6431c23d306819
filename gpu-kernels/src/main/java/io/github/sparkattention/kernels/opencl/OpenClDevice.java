package io.github.sparkattention.kernels.opencl;

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
    ACCELERATOR
  }
}
