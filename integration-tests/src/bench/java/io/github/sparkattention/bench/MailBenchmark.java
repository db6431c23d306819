package io.github.sparkattention.bench;

import io.github.sparkattention.MiniLm;
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
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bin/bench mails}: what vectors of a trained encoder are worth for a classifier. */
@Command(
    name = "bin/bench mails",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Tells spam from ham by logistic regression on vectors of all-MiniLM-L6-v2 and on means of"
          + " Word2Vec's vectors, and writes mails.md and mails.csv. Nothing is timed but the"
          + " encoder, so that --rounds, --warmup and --cases change nothing.",
      "docs/benchmarks.md says what is measured and how."
    })
final class MailBenchmark implements Callable<Integer> {
  @Spec private CommandLine.Model.CommandSpec spec;

  @Mixin private BenchmarkOptions options;

  @Option(
      names = "--mails",
      paramLabel = "FILE",
      required = true,
      description = "The file that notebooks/fetch-mails has written.")
  private Path mails;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "10000",
      description =
          "Most mails to take, at least 1, chosen by a hash of their text (default:"
              + " ${DEFAULT-VALUE}, which is all of them).")
  private int rows;

  /**
   * Runs the comparison.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    BenchmarkOptions.main(new MailBenchmark(), List.of(), args);
  }

  @Override
  public Integer call() throws IOException {
    options.checkOutput();
    int most = options.positive("--rows", rows);
    if (!Files.isRegularFile(mails)) {
      throw new ParameterException(
          spec.commandLine(), "--mails must name a file, but '" + mails + "' is none");
    }
    Map<String, String> facts = MachineFacts.collect(options.commandLine());
    Path folder = Files.createTempDirectory("mails");
    Path encoder = folder.resolve("all-MiniLM-L6-v2");
    MiniLm.write(encoder);
    List<MailResult> results = new ArrayList<>();
    try (SparkSession session = SparkBenchmark.session("bin/bench mails", options.threads())) {
      facts.put("Spark", session.version() + ", " + session.sparkContext().master());
      MailComparison comparison = new MailComparison(session, mails, most, folder);
      results.add(comparison.encoder(encoder));
      results.add(comparison.wordVectors(100));
      results.add(comparison.wordVectors(results.get(0).width()));
      facts.putAll(comparison.facts());
    }
    MailReport report = new MailReport(facts, results);
    options.write("mails", report.markdown(), report.csv());
    return CommandLine.ExitCode.OK;
  }
}
