package io.github.sparkattention.kernels.opencl;

/**
 * What the parts of a batch took, of all its launches together.
 *
 * @param upload milliseconds that a launch took beside its kernel: the input's way to the device
 *     and what starting a kernel costs
 * @param kernel milliseconds in the kernel, by the device's own clock
 * @param download milliseconds for the results' way back
 */
public record LaunchTimes(double upload, double kernel, double download) {
  static final LaunchTimes NONE = new LaunchTimes(0, 0, 0);

  LaunchTimes plus(LaunchTimes other) {
    return new LaunchTimes(upload + other.upload, kernel + other.kernel, download + other.download);
  }
}
