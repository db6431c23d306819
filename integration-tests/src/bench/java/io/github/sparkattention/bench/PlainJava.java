package io.github.sparkattention.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A case computed by this project without SIMD, which takes a JVM of its own: a JVM chooses its
 * kernels once.
 *
 * @param bits a hash of the context, equal for equal bits
 * @param threads on how many threads
 * @param timing what the rounds took
 */
record PlainJava(int bits, int threads, Timing timing) {
  static final String NAME = Ours.NAME + ", plain Java";

  private static final String KERNELS = "-Dsparkattention.kernels=";

  /** Whether this JVM was itself told to run plain Java. */
  static boolean isForced() {
    return "plain".equals(System.getProperty("sparkattention.kernels"));
  }

  /**
   * Runs {@link KernelBenchmark} in another JVM, started like this one but for the kernels.
   *
   * @param arguments the command line of the benchmark
   */
  static void startJvm(List<String> arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> !argument.startsWith(KERNELS))
        .forEach(command::add);
    command.add(KERNELS + "plain");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(KernelBenchmark.class.getName());
    command.addAll(arguments);
    Process process = new ProcessBuilder(command).inheritIO().start();
    try {
      int status = process.waitFor();
      if (status != 0) {
        throw new IllegalStateException("The JVM with plain Java failed with status " + status);
      }
    } finally {
      process.destroy();
    }
  }

  /** Writes one line for each case: its name, the bits, the threads and all rounds. */
  static void write(Path file, List<SideBySide.Outcome> outcomes) throws IOException {
    List<String> lines = new ArrayList<>();
    for (SideBySide.Outcome outcome : outcomes) {
      Result result = outcome.results().get(0);
      String millis =
          result.timing().millis().stream().map(Object::toString).collect(Collectors.joining(" "));
      lines.add(
          String.join(
              ",",
              result.benchmarkCase().name(),
              Integer.toString(outcome.bits()),
              Integer.toString(result.threads()),
              millis));
    }
    Files.write(file, lines);
  }

  /** Reads what {@link #write} wrote, by the names of the cases. */
  static Map<String, PlainJava> read(Path file) throws IOException {
    Map<String, PlainJava> results = new HashMap<>();
    for (String line : Files.readAllLines(file)) {
      List<String> fields = Arrays.asList(line.split(",", -1));
      int bits = Integer.parseInt(fields.get(1));
      int threads = Integer.parseInt(fields.get(2));
      List<Double> millis = Stream.of(fields.get(3).split(" ", -1)).map(Double::valueOf).toList();
      results.put(fields.get(0), new PlainJava(bits, threads, new Timing(millis)));
    }
    return results;
  }

  /**
   * This case beside the same one with SIMD.
   *
   * @throws DisagreementException if a single bit differs
   */
  Result comparedWith(SideBySide.Outcome simd) {
    Result ours = simd.results().get(0);
    if (bits != simd.bits()) {
      throw new DisagreementException(
          String.format(
              "Case %s: %s must give the same bits as %s, but doesn't.",
              ours.benchmarkCase().name(), NAME, ours.contender()));
    }
    // The rounds of two JVMs don't belong together, so the medians are compared.
    double ratio = timing.median() / ours.timing().median();
    return new Result(ours.benchmarkCase(), NAME, threads, timing, ratio);
  }
}
