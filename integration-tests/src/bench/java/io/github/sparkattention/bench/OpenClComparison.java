package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.opencl.DevicePeaks;
import io.github.sparkattention.kernels.opencl.OpenClDevice;
import io.github.sparkattention.kernels.opencl.TimedDevice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Times a device and Java threads in turns.
 *
 * @param threads how many Java threads
 * @param rounds how the runs are timed
 * @param workGroup work items of a group on the device
 */
record OpenClComparison(int threads, Rounds rounds, int workGroup) {

  /**
   * Times a device in all cases.
   *
   * @param leftOut cases that it is spared, for the record
   * @throws DisagreementException if a bit differs from that of Java threads
   */
  OpenClReport.Section run(
      OpenClDevice device, List<BenchmarkCase> cases, List<BenchmarkCase> leftOut)
      throws InterruptedException {
    System.out.println(device.name());
    try (TimedDevice timed = new TimedDevice(device, workGroup);
        Ours ours = new Ours(Ours.NAME, threads)) {
      DevicePeaks before = timed.measurePeaks();
      List<OpenClResult> results = new ArrayList<>();
      for (BenchmarkCase benchmarkCase : cases) {
        OpenClResult result = run(benchmarkCase, timed, ours);
        results.add(result);
        print(result);
      }
      DevicePeaks after = timed.measurePeaks();
      DevicePeaks best =
          new DevicePeaks(
              Math.max(before.gigaflops(), after.gigaflops()),
              Math.max(before.gigabytes(), after.gigabytes()));
      return new OpenClReport.Section(device, ours.description(), best, results, leftOut);
    }
  }

  private OpenClResult run(BenchmarkCase benchmarkCase, TimedDevice device, Ours ours)
      throws InterruptedException {
    Workload workload = Workload.of(benchmarkCase);
    try (OpenClCase onDevice = new OpenClCase(device, workload);
        PreparedCase onThreads = ours.prepare(workload)) {
      onDevice.forward();
      onThreads.forward();
      compare(benchmarkCase, onThreads.context(), onDevice.context());
      List<Timing> timings = rounds.run(List.of(onDevice, onThreads));
      return new OpenClResult(
          benchmarkCase, timings.get(0), onDevice.lastTimes(rounds.rounds()), timings.get(1));
    }
  }

  private static void compare(BenchmarkCase benchmarkCase, float[] expected, float[] actual) {
    int at = Arrays.mismatch(expected, actual);
    if (at >= 0) {
      throw new DisagreementException(
          String.format(
              "Case %s: the device must give the bits of Java threads, but value %d of token %d is"
                  + " %a and not %a.",
              benchmarkCase.name(),
              at % benchmarkCase.config().dOut(),
              at / benchmarkCase.config().dOut(),
              actual[at],
              expected[at]));
    }
  }

  /** Shows that the run goes on; the table at the end says more. */
  private static void print(OpenClResult result) {
    System.out.printf(
        Locale.ROOT,
        "%-20s %10.3f ms %10.3f ms on Java threads%n",
        result.benchmarkCase().name(),
        result.device().median(),
        result.threads().median());
  }
}
