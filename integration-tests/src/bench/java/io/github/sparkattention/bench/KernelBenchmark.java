package io.github.sparkattention.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bin/bench kernels}: this project, libtorch and ONNX Runtime side by side. */
@Command(
    name = "bin/bench kernels",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Times attention on Java threads beside libtorch and ONNX Runtime, in one process and in"
          + " turns, and writes kernels.md and kernels.csv.",
      "docs/benchmarks.md says what is measured and how."
    })
final class KernelBenchmark implements Callable<Integer> {
  /** What {@link PlainJava} gives to the JVM that it starts. */
  static final String PLAIN_JAVA_FILE = "--plain-java-file";

  private static final int FEWEST_ROUNDS = 10;

  @Spec private CommandSpec spec;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of every contender (default: one for each core).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "15",
      description = "Timed rounds, at least 10 (default: ${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--warmup",
      paramLabel = "N",
      defaultValue = "5",
      description =
          "Runs of each contender before the rounds of a case; they go on for a second at least"
              + " (default: ${DEFAULT-VALUE}).")
  private int warmup;

  @Option(
      names = "--cases",
      paramLabel = "REGEX",
      defaultValue = "",
      description = "Only cases whose name this finds something in (default: all cases).")
  private Pattern cases;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "${sys:bench.output:-integration-tests/target/bench}",
      description = "Where the tables go (default: ${DEFAULT-VALUE}).")
  private Path output;

  @Option(
      names = PLAIN_JAVA_FILE,
      hidden = true,
      description = "Time only this project, and write what PlainJava reads.")
  private Path plainJavaFile;

  /**
   * Runs the benchmark.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    CommandLine command = new CommandLine(new KernelBenchmark());
    command.setExecutionExceptionHandler(KernelBenchmark::explain);
    System.exit(command.execute(args));
  }

  private static int explain(Exception e, CommandLine command, CommandLine.ParseResult parsed)
      throws Exception {
    if (e instanceof DisagreementException) {
      command.getErr().println(e.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
    throw e;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    require(threads >= 1, "--threads must be at least 1, but is " + threads);
    require(rounds >= FEWEST_ROUNDS, "--rounds must be at least 10, but is " + rounds);
    require(warmup >= 0, "--warmup must be at least 0, but is " + warmup);
    List<BenchmarkCase> chosen =
        BenchmarkCase.all().stream().filter(c -> cases.matcher(c.name()).find()).toList();
    require(!chosen.isEmpty(), "--cases finds none of " + names(BenchmarkCase.all()));
    KernelComparison comparison = new KernelComparison(chosen, threads, new Rounds(warmup, rounds));
    if (plainJavaFile != null) {
      comparison.writePlainJava(plainJavaFile);
    } else {
      write(comparison);
    }
    return CommandLine.ExitCode.OK;
  }

  private void write(KernelComparison comparison) throws IOException, InterruptedException {
    require(
        Files.isDirectory(output) || !Files.exists(output),
        "--output must be a folder, but is the file " + output);
    List<String> arguments = spec.commandLine().getParseResult().originalArgs();
    String command = String.join(" ", "bin/bench kernels", String.join(" ", arguments)).strip();
    Report report = comparison.run(MachineFacts.collect(command), arguments);
    Files.createDirectories(output);
    Path markdown = Files.writeString(output.resolve("kernels.md"), report.markdown());
    Path csv = Files.writeString(output.resolve("kernels.csv"), report.csv());
    System.out.printf("%n%s%nWritten to %s and %s%n", report.markdown(), markdown, csv);
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw new ParameterException(spec.commandLine(), message);
    }
  }

  private static String names(List<BenchmarkCase> cases) {
    return String.join(", ", cases.stream().map(BenchmarkCase::name).toList());
  }
}
