package io.github.sparkattention.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
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
      "The case text goes from texts to vectors of all-MiniLM-L6-v2, beside mapPartitions with ONNX"
          + " Runtime and langchain4j, and writes spark-text.md and spark-text.csv.",
      "docs/benchmarks.md says what is measured and how."
    })
final class SparkBenchmark implements Callable<Integer> {
  @Mixin private BenchmarkOptions options;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "2000",
      description = "Rows of each case but text, at least 1 (default: ${DEFAULT-VALUE}).")
  private int rows;

  @Option(
      names = "--texts",
      paramLabel = "FILE",
      description =
          "Texts of the case text: a .txt file with a text a line, or Parquet with a column text"
              + " (default: Datafaker's quotes).")
  private Path texts;

  @Option(
      names = "--text-rows",
      paramLabel = "N",
      defaultValue = "10000",
      description = "Rows of the case text at most, at least 1 (default: ${DEFAULT-VALUE}).")
  private int textRows;

  @Option(
      names = "--text-rounds",
      paramLabel = "N",
      defaultValue = "3",
      description =
          "Timed rounds of the case text, each of which takes minutes, after one that isn't timed; at"
              + " least 1 (default: ${DEFAULT-VALUE}).")
  private int textRounds;

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
    List<BenchmarkCase> all = BenchmarkCase.inSpark(options.positive("--rows", rows));
    List<String> names =
        options.cases(
            Stream.concat(all.stream().map(BenchmarkCase::name), Stream.of(TextComparison.NAME))
                .toList(),
            name -> name);
    List<BenchmarkCase> cases = all.stream().filter(c -> names.contains(c.name())).toList();
    Rounds rounds = options.rounds();
    options.positive("--text-rows", textRows);
    if (texts != null && !Files.exists(texts)) {
      throw options.refused("--texts must name a file or a folder, but there is no " + texts);
    }
    Rounds roundsOfTexts = new Rounds(0, options.positive("--text-rounds", textRounds));
    Map<String, String> facts = MachineFacts.collect(options.commandLine());
    TorchModel.configure(1);
    Path folder = Files.createTempDirectory("tables");
    try (SparkSession session = session("bin/bench spark", options.threads())) {
      facts.put("Spark", session.version() + ", " + session.sparkContext().master());
      if (!cases.isEmpty()) {
        runCases(
            cases,
            new SparkComparison(session, folder, options.threads(), rounds),
            new LinkedHashMap<>(facts));
      }
      if (names.contains(TextComparison.NAME)) {
        runTexts(new TextComparison(session, folder, roundsOfTexts), facts);
      }
    }
    return CommandLine.ExitCode.OK;
  }

  private void runCases(
      List<BenchmarkCase> cases, SparkComparison comparison, Map<String, String> facts)
      throws IOException, InterruptedException {
    facts.put(
        "Peers", "libtorch " + TorchModel.version() + ", ONNX Runtime " + OnnxModel.version());
    List<SparkResult> results = new ArrayList<>();
    for (BenchmarkCase benchmarkCase : cases) {
      results.add(comparison.run(benchmarkCase));
    }
    facts.put("Ours", results.get(0).description());
    SparkReport report = new SparkReport(facts, results);
    options.write("spark", report.markdown(), report.csv());
  }

  private void runTexts(TextComparison comparison, Map<String, String> facts)
      throws IOException, InterruptedException {
    TextResult result =
        texts == null
            ? comparison.run(
                "Datafaker's quotes",
                (tokenizer, longest) -> QuotedTexts.draw(textRows, tokenizer, longest))
            : comparison.run(texts.toString(), ownTexts(comparison.session()));
    facts.put("Texts", result.table().describe());
    facts.put("Peers", "ONNX Runtime " + OnnxModel.version() + ", which langchain4j runs on, too");
    try (Ours ours = new Ours(Ours.NAME, options.threads())) {
      facts.put("Ours", ours.description());
    }
    TextReport report = new TextReport(facts, result);
    options.write("spark-text", report.markdown(), report.csv());
  }

  private TextComparison.Source ownTexts(SparkSession session) {
    try {
      List<String> own = TextTable.read(session, texts, textRows);
      return (tokenizer, longest) -> own;
    } catch (IllegalArgumentException e) {
      throw options.refused(e.getMessage());
    }
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
