package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.opencl.OpenClDevice;
import io.github.sparkattention.kernels.opencl.TimedDevice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bin/bench opencl}: each OpenCL device beside Java threads. */
@Command(
    name = "bin/bench opencl",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Times attention on OpenCL devices of all types by part, beside Java threads and beside what"
          + " the device can do at most, and writes opencl.md and opencl.csv.",
      "On processors, which are slow at this, the default is a few cases only; the output names"
          + " those that were left out. docs/benchmarks.md says what is measured and how."
    })
final class OpenClBenchmark implements Callable<Integer> {
  /** They end within minutes where a work group is a loop on one core. */
  private static final Pattern SMALL = Pattern.compile("^(768-12h-64x32|tiny-.*)$");

  @Mixin private BenchmarkOptions options;

  @Option(
      names = "--device",
      paramLabel = "INDEX|NAME",
      description = "Only this device: an index, or a part of its name (default: all devices).")
  private String device;

  @Option(
      names = "--work-group",
      paramLabel = "N",
      defaultValue = "64",
      description = "Work items of a group: 16, 64 or 256 (default: ${DEFAULT-VALUE}).")
  private int workGroup;

  /**
   * Runs the benchmark.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    BenchmarkOptions.main(
        new OpenClBenchmark(),
        List.of(
            DisagreementException.class,
            BackendUnavailableException.class,
            DeviceException.class,
            IllegalArgumentException.class),
        args);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.checkOutput();
    List<BenchmarkCase> cases = options.cases(BenchmarkCase.all());
    OpenClComparison comparison =
        new OpenClComparison(options.threads(), options.rounds(), workGroup);
    List<OpenClReport.Section> sections = new ArrayList<>();
    OpenClReport report = new OpenClReport(MachineFacts.collect(options.commandLine()), sections);
    for (OpenClDevice found : TimedDevice.choose(device)) {
      List<BenchmarkCase> leftOut = leftOut(found, cases);
      List<BenchmarkCase> kept = new ArrayList<>(cases);
      kept.removeAll(leftOut);
      sections.add(comparison.run(found, kept, leftOut));
    }
    options.write("opencl", report.markdown(), report.csv());
    return CommandLine.ExitCode.OK;
  }

  private List<BenchmarkCase> leftOut(OpenClDevice found, List<BenchmarkCase> cases) {
    return options.choosesCases() || found.type() != OpenClDevice.Type.CPU
        ? List.of()
        : cases.stream().filter(c -> !SMALL.matcher(c.name()).find()).toList();
  }
}
