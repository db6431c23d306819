package io.github.sparkattention.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The options that all benchmarks have. */
final class BenchmarkOptions {
  private static final int FEWEST_ROUNDS = 10;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

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
      description = "Only cases whose name this finds something in (default: all cases).")
  private Pattern cases;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "${sys:bench.output:-integration-tests/target/bench}",
      description = "Where the tables go (default: ${DEFAULT-VALUE}).")
  private Path output;

  int threads() {
    return positive("--threads", threads);
  }

  /** The value of an option that must be at least 1. */
  int positive(String option, int value) {
    require(value >= 1, option + " must be at least 1, but is " + value);
    return value;
  }

  Rounds rounds() {
    require(rounds >= FEWEST_ROUNDS, "--rounds must be at least 10, but is " + rounds);
    require(warmup >= 0, "--warmup must be at least 0, but is " + warmup);
    return new Rounds(warmup, rounds);
  }

  boolean choosesCases() {
    return cases != null;
  }

  /** Those of all cases that the command line chooses. */
  List<BenchmarkCase> cases(List<BenchmarkCase> all) {
    return cases(all, BenchmarkCase::name);
  }

  /** Those of all cases that the command line chooses by their names. */
  <T> List<T> cases(List<T> all, Function<T, String> name) {
    List<T> chosen =
        all.stream().filter(c -> cases == null || cases.matcher(name.apply(c)).find()).toList();
    String names = all.stream().map(name).collect(Collectors.joining(", "));
    require(!chosen.isEmpty(), "--cases finds none of " + names);
    return chosen;
  }

  void checkOutput() {
    require(
        Files.isDirectory(output) || !Files.exists(output),
        "--output must be a folder, but is the file " + output);
  }

  /** What was typed, for the record, so that a shell takes it again. */
  String commandLine() {
    return Stream.concat(Stream.of(spec.name()), arguments().stream().map(BenchmarkOptions::quoted))
        .collect(Collectors.joining(" "));
  }

  private static String quoted(String argument) {
    return argument.matches("[\\w./:=,-]+") ? argument : "'" + argument.replace("'", "'\\''") + "'";
  }

  List<String> arguments() {
    return spec.commandLine().getParseResult().originalArgs();
  }

  /** Writes NAME.md and NAME.csv, and prints the former. */
  void write(String name, String markdown, String csv) throws IOException {
    Files.createDirectories(output);
    Path table = Files.writeString(output.resolve(name + ".md"), markdown);
    Path figures = Files.writeString(output.resolve(name + ".csv"), csv);
    System.out.printf("%n%s%nWritten to %s and %s%n", markdown, table, figures);
  }

  private void require(boolean condition, String message) {
    if (!condition) {
      throw refused(message);
    }
  }

  /** Says what is wrong with an option. */
  ParameterException refused(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  /** Runs a benchmark, and says in one line what a user can do something about. */
  static void main(Object benchmark, List<Class<? extends Exception>> explained, String[] args) {
    CommandLine command = new CommandLine(benchmark);
    command.setExecutionExceptionHandler(
        (e, failed, parsed) -> {
          if (explained.contains(e.getClass())) {
            failed.getErr().println(e.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
          }
          throw e;
        });
    System.exit(command.execute(args));
  }
}
