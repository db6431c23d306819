package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.internal.launches.LaunchTraffic;

/**
 * What the parts of a batch took, of all its launches together, and what went between host and
 * device for them.
 *
 * @param upload milliseconds that a launch took beside its kernel: the input's way to the device
 *     and what starting a kernel costs
 * @param kernel milliseconds in the kernel, by the device's own clock
 * @param download milliseconds for the results' way back
 * @param launches number of launches
 * @param roundTrips how often the host waited for the device
 * @param bytesUp bytes that went to the device
 * @param bytesDown bytes that came back
 */
public record LaunchTimes(
    double upload,
    double kernel,
    double download,
    int launches,
    int roundTrips,
    long bytesUp,
    long bytesDown) {
  static final LaunchTimes NONE = new LaunchTimes(0, 0, 0, 0, 0, 0, 0);

  static LaunchTimes of(double upload, double kernel, double download, LaunchTraffic traffic) {
    return new LaunchTimes(
        upload, kernel, download, 1, traffic.roundTrips(), traffic.bytesUp(), traffic.bytesDown());
  }

  LaunchTimes plus(LaunchTimes other) {
    return new LaunchTimes(
        upload + other.upload,
        kernel + other.kernel,
        download + other.download,
        launches + other.launches,
        roundTrips + other.roundTrips,
        bytesUp + other.bytesUp,
        bytesDown + other.bytesDown);
  }
}
