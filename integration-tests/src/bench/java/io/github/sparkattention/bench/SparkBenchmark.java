package io.github.sparkattention.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bin/bench spark}: the stage beside what users would write without it. */
@Command(
    name = "bin/bench spark",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Times the stage on rows from Parquet in local mode, beside a scan, the bare kernel,"
          + " and mapPartitions over rows with our kernels, ONNX Runtime and DJL's PyTorch, and"
          + " writes spark.md and spark.csv.",
      "docs/benchmarks.md says what is measured and how."
    })
final class SparkBenchmark implements Callable<Integer> {
  @Mixin private BenchmarkOptions options;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Rows of each case, at least 1 (default: ${DEFAULT-VALUE}).")
  private int rows;

  /**
   * Runs the benchmark.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    BenchmarkOptions.main(new SparkBenchmark(), List.of(DisagreementException.class), args);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.checkOutput();
    List<BenchmarkCase> cases =
        options.cases(BenchmarkCase.inSpark(options.positive("--rows", rows)));
    Rounds rounds = options.rounds();
    Map<String, String> facts = MachineFacts.collect(options.commandLine());
    TorchModel.configure(1);
    Path folder = Files.createTempDirectory("tables");
    try (SparkSession session = session("bin/bench spark", options.threads())) {
      facts.put("Spark", session.version() + ", " + session.sparkContext().master());
      facts.put(
          "Peers", "libtorch " + TorchModel.version() + ", ONNX Runtime " + OnnxModel.version());
      SparkComparison comparison = new SparkComparison(session, folder, options.threads(), rounds);
      List<SparkResult> results = new ArrayList<>();
      for (BenchmarkCase benchmarkCase : cases) {
        results.add(comparison.run(benchmarkCase));
      }
      facts.put("Ours", results.get(0).description());
      SparkReport report = new SparkReport(facts, results);
      options.write("spark", report.markdown(), report.csv());
    }
    return CommandLine.ExitCode.OK;
  }

  /** Spark in local mode. */
  static SparkSession session(String name, int threads) {
    return SparkSession.builder()
        .master("local[" + threads + "]")
        .appName(name)
        .config("spark.ui.enabled", false)
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate();
  }
}
