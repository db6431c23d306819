package io.github.sparkattention.bench;

import java.util.List;

/**
 * What came out of a case in Spark.
 *
 * @param benchmarkCase the case
 * @param names who made context vectors; the first one is this project's stage
 * @param timings what their rounds took
 * @param scan what reading the rows took
 * @param kernel what computing them without Spark took
 * @param description what computed them
 */
record SparkResult(
    BenchmarkCase benchmarkCase,
    List<String> names,
    List<Timing> timings,
    Timing scan,
    Timing kernel,
    String description) {

  /** This project's throughput divided by that of a contender. */
  double ratio(Timing contender) {
    return timings.get(0).throughputOver(contender);
  }

  /** The stage's time divided by that of a scan and of the bare kernel, one after the other. */
  double overScanAndKernel() {
    return scan.plus(kernel).throughputOver(timings.get(0));
  }
}
