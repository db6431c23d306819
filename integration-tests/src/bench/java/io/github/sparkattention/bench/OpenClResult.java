package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.opencl.DevicePeaks;
import io.github.sparkattention.kernels.opencl.LaunchTimes;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What a device reached in one case.
 *
 * @param benchmarkCase the case
 * @param device what whole runs took on the device
 * @param parts what the parts of the same runs took
 * @param threads what the same rounds took on Java threads
 */
record OpenClResult(
    BenchmarkCase benchmarkCase, Timing device, List<LaunchTimes> parts, Timing threads) {

  double uploadMillis() {
    return median(LaunchTimes::upload);
  }

  double kernelMillis() {
    return median(LaunchTimes::kernel);
  }

  double downloadMillis() {
    return median(LaunchTimes::download);
  }

  /** What went between host and device, which is the same in each run. */
  LaunchTimes lastRun() {
    return parts.get(parts.size() - 1);
  }

  private double median(ToDoubleFunction<LaunchTimes> part) {
    return new Timing(parts.stream().mapToDouble(part).boxed().toList()).median();
  }

  /** GFLOP/s while the kernel runs. */
  double gigaflops() {
    return benchmarkCase.operations() / (kernelMillis() * 1e6);
  }

  double shareOfFmaPeak(DevicePeaks peaks) {
    return gigaflops() / peaks.gigaflops();
  }

  double shareOfCopyBandwidth(DevicePeaks peaks) {
    return benchmarkCase.bytes() / (kernelMillis() * 1e6) / peaks.gigabytes();
  }

  /** How many times as fast the device is, transfers included. */
  double overThreads() {
    return device.throughputOver(threads);
  }
}
