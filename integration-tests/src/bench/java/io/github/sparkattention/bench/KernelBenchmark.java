package io.github.sparkattention.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

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

  @Mixin private BenchmarkOptions options;

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
    BenchmarkOptions.main(new KernelBenchmark(), List.of(DisagreementException.class), args);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    KernelComparison comparison =
        new KernelComparison(
            options.cases(BenchmarkCase.all()), options.threads(), options.rounds());
    if (plainJavaFile != null) {
      comparison.writePlainJava(plainJavaFile);
    } else {
      options.checkOutput();
      Report report =
          comparison.run(MachineFacts.collect(options.commandLine()), options.arguments());
      options.write("kernels", report.markdown(), report.csv());
    }
    return CommandLine.ExitCode.OK;
  }
}
