package io.github.sparkattention.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code bin/bench model}: whole models, this project and peers side by side. */
@Command(
    name = "bin/bench model",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Times all-MiniLM-L6-v2 beside ONNX Runtime and the blocks of GPT-2 124M beside libtorch, on"
          + " Java threads, in one process and in turns, and writes model.md and model.csv.",
      "docs/benchmarks.md says what is measured and how."
    })
final class ModelBenchmark implements Callable<Integer> {
  private static final String MINILM = "minilm";
  private static final String GPT2 = "gpt2";

  @Mixin private BenchmarkOptions options;

  /**
   * Runs the benchmark.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    BenchmarkOptions.main(new ModelBenchmark(), List.of(DisagreementException.class), args);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.checkOutput();
    List<ModelCase> all =
        Stream.concat(ModelCase.of(MINILM, 512).stream(), ModelCase.of(GPT2, 1_024).stream())
            .toList();
    List<ModelCase> chosen = options.cases(all, ModelCase::name);
    Map<String, String> facts = MachineFacts.collect(options.commandLine());
    FmaPeaks peaks = new FmaPeaks(new TreeSet<>(List.of(options.threads())));
    facts.put("Fma peak before", peaks.measure());
    ModelComparison comparison = new ModelComparison(options.threads(), options.rounds());
    List<ModelResult> results = new ArrayList<>();
    List<ModelCase> encoder = of(chosen, MINILM);
    if (!encoder.isEmpty()) {
      results.addAll(comparison.miniLm(encoder, Files.createTempDirectory("minilm")));
    }
    List<ModelCase> decoder = of(chosen, GPT2);
    if (!decoder.isEmpty()) {
      results.addAll(comparison.gpt2(decoder));
    }
    facts.put("Fma peak after", peaks.measure());
    ModelReport report = new ModelReport(facts, peaks, results);
    options.write("model", report.markdown(), report.csv());
    return CommandLine.ExitCode.OK;
  }

  private static List<ModelCase> of(List<ModelCase> cases, String model) {
    return cases.stream().filter(modelCase -> modelCase.name().startsWith(model)).toList();
  }
}
