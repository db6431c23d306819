package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.PackedSequences;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The whole run of {@code bin/bench spark}.
 *
 * @param session where queries run
 * @param folder where tables are written
 * @param threads how many tasks run at once, and how many threads compute in all
 * @param rounds how the runs are timed
 */
record SparkComparison(SparkSession session, Path folder, int threads, Rounds rounds) {
  /** Rows whose context vectors are compared before anything is timed. */
  private static final int COMPARED_ROWS = 64;

  /**
   * Times a case.
   *
   * @throws DisagreementException if two contenders give different numbers
   */
  SparkResult run(BenchmarkCase benchmarkCase) throws InterruptedException {
    String path = folder.resolve(benchmarkCase.name()).toString();
    Dataset<Row> rows = TokenTable.write(session, benchmarkCase, path);
    List<SparkRun> runs =
        contenders(benchmarkCase.config()).stream()
            .map(contender -> new SparkRun(contender.name(), contender.context(rows)))
            .toList();
    compare(benchmarkCase, runs);
    try (BareKernel kernel = new BareKernel(benchmarkCase, threads)) {
      List<Timed> timed = new ArrayList<>(runs);
      timed.add(new SparkRun("scan", rows.select("id", "tokens")));
      timed.add(kernel);
      List<Timing> timings = rounds.run(timed);
      SparkResult result =
          new SparkResult(
              benchmarkCase,
              runs.stream().map(SparkRun::name).toList(),
              timings.subList(0, runs.size()),
              timings.get(runs.size()),
              timings.get(runs.size() + 1),
              kernel.description());
      print(result);
      return result;
    }
  }

  private static List<SparkContender> contenders(AttentionConfig config) {
    return List.of(
        new StageContender(config),
        new RowContender("mapPartitions: our kernels", config, RowModel::ours),
        new RowContender("mapPartitions: our kernels, padded", config, RowModel::oursPadded),
        new RowContender("mapPartitions: ONNX Runtime", config, RowModel::onnx),
        new RowContender("mapPartitions: DJL PyTorch", config, RowModel::torch));
  }

  private static void compare(BenchmarkCase benchmarkCase, List<SparkRun> runs) {
    int width = benchmarkCase.config().dOut();
    PackedSequences expected =
        PackedSequences.pack(runs.get(0).firstRows(COMPARED_ROWS, width), width);
    for (SparkRun run : runs.subList(1, runs.size())) {
      PackedSequences actual = PackedSequences.pack(run.firstRows(COMPARED_ROWS, width), width);
      Agreement.check(
          benchmarkCase.name(),
          benchmarkCase.config().dOut(),
          expected,
          expected.tokens(),
          run.name(),
          actual.tokens());
    }
  }

  /** Shows that the run goes on; the table at the end says more. */
  private static void print(SparkResult result) {
    System.out.printf(
        Locale.ROOT,
        "%-26s %8.3f s, scan %.3f s, kernel %.3f s%n",
        result.benchmarkCase().name(),
        result.timings().get(0).median() / 1e3,
        result.scan().median() / 1e3,
        result.kernel().median() / 1e3);
  }
}
