package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.opencl.DeviceText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bin/bench code}: what compilers make of the device code. */
@Command(
    name = "bin/bench code",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Compiles the device code for NVIDIA's GPUs, and prints what its loops are made of, which"
          + " needs clang and no GPU.",
      "Where ptxas is at hand, too, it prints registers, stack, spills and the loops of the machine"
          + " code. docs/benchmarks.md says how to read it."
    })
final class CodeBenchmark implements Callable<Integer> {
  private static final List<String> GPUS = List.of("sm_80", "sm_89", "sm_90");

  @Option(
      names = "--work-group",
      paramLabel = "N",
      split = ",",
      defaultValue = "16,64,256",
      description = "Work items of a group (default: ${DEFAULT-VALUE}).")
  private List<Integer> workGroups;

  @Option(
      names = "--clang",
      paramLabel = "NAME",
      defaultValue = "clang",
      description = "Name or path of clang (default: ${DEFAULT-VALUE}).")
  private String clang;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "${sys:bench.output:-integration-tests/target/bench}",
      description = "Where the code goes (default: ${DEFAULT-VALUE}).")
  private Path output;

  /**
   * Runs it.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    BenchmarkOptions.main(
        new CodeBenchmark(), List.of(IOException.class, IllegalArgumentException.class), args);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Files.createDirectories(output);
    CodeTools tools = new CodeTools(clang, output);
    boolean hasPtxas = CodeTools.hasPtxas();
    if (!hasPtxas) {
      System.out.println(
          "ptxas was not found, so registers, stack and spills are not known, and loops are those"
              + " of PTX alone.");
    }
    for (int items : workGroups) {
      DeviceText text = DeviceText.of(items);
      String name = "opencl-" + items;
      String source = CodeTools.source(text.text());
      PtxCode ptx = new PtxCode(tools.compile(name, source), source);
      print(
          "%n## Groups of %d items, %,d bytes of local memory%n%nPTX: %,d bytes of private arrays"
              + " in memory.%n",
          items, text.localBytes(), ptx.privateBytes());
      print(ptx.loops());
      for (String gpu : hasPtxas ? GPUS : List.<String>of()) {
        CodeTools.Assembled assembled = tools.assemble(name, gpu);
        print(
            "%n%s: %d registers, %,d bytes of stack, %,d bytes spilled, %,d instructions.%n",
            gpu,
            assembled.registers(),
            assembled.stack(),
            assembled.spills(),
            assembled.code().size());
        print(assembled.code().loops());
      }
    }
    print("%nThe code is in %s%n", output);
    return CommandLine.ExitCode.OK;
  }

  private static void print(List<LoopMix> loops) {
    List<String> titles = new ArrayList<>();
    List<String> rule = new ArrayList<>();
    for (LoopMix.Kind kind : LoopMix.Kind.values()) {
      titles.add(kind.title());
      rule.add("--:");
    }
    print(
        "%n| loop of | %s | fma share |%n|---|%s|--:|%n",
        String.join(" | ", titles), String.join("|", rule));
    for (LoopMix loop : loops) {
      if (loop.multiplies()) {
        List<String> counts = new ArrayList<>();
        for (LoopMix.Kind kind : LoopMix.Kind.values()) {
          counts.add(String.valueOf(loop.count(kind)));
        }
        print(
            "| %s | %s | %.1f %% |%n",
            loop.function(), String.join(" | ", counts), 100 * loop.fmaShare());
      }
    }
  }

  private static void print(String format, Object... values) {
    System.out.printf(Locale.ROOT, format, values);
  }
}
