package io.github.sparkattention.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Runs cases with several contenders, of which the first is the one that others are compared with.
 *
 * @param contenders who computes
 * @param rounds how the runs are timed
 */
record SideBySide(List<Contender> contenders, Rounds rounds) {

  /**
   * What came out of a case.
   *
   * @param bits a hash of the first contender's context, equal for equal bits
   * @param results one for each contender
   */
  record Outcome(int bits, List<Result> results) {}

  /**
   * Checks that all contenders agree on a case, then times them.
   *
   * @throws DisagreementException if they don't
   */
  Outcome run(BenchmarkCase benchmarkCase) throws InterruptedException {
    Workload workload = Workload.of(benchmarkCase);
    List<PreparedCase> prepared = new ArrayList<>();
    try {
      contenders.forEach(contender -> prepared.add(contender.prepare(workload)));
      int bits = compare(benchmarkCase, workload, prepared);
      List<Timing> timings = rounds.run(prepared);
      List<Result> results = new ArrayList<>();
      for (int i = 0; i < timings.size(); i++) {
        Contender contender = contenders.get(i);
        Timing timing = timings.get(i);
        double ratio = timings.get(0).throughputOver(timing);
        results.add(
            new Result(benchmarkCase, contender.name(), contender.threads(), timing, ratio));
      }
      return new Outcome(bits, results);
    } finally {
      prepared.forEach(PreparedCase::close);
    }
  }

  private int compare(BenchmarkCase benchmarkCase, Workload workload, List<PreparedCase> prepared) {
    float[] first = contextOf(prepared.get(0));
    for (int i = 1; i < prepared.size(); i++) {
      float[] other = contextOf(prepared.get(i));
      Agreement.check(
          benchmarkCase.name(),
          benchmarkCase.config().dOut(),
          workload.sequences(),
          first,
          contenders.get(i).name(),
          other);
    }
    return Arrays.hashCode(first);
  }

  private static float[] contextOf(PreparedCase prepared) {
    prepared.forward();
    float[] context = prepared.context();
    prepared.release();
    return context;
  }
}
