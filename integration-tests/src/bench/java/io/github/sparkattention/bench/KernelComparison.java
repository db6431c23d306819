package io.github.sparkattention.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/**
 * The whole run of {@code bin/bench kernels}.
 *
 * @param cases what to compute
 * @param threads the threads of every contender
 * @param rounds how the runs are timed
 */
record KernelComparison(List<BenchmarkCase> cases, int threads, Rounds rounds) {

  /**
   * Times every contender.
   *
   * @param facts what is known of the machine, which this adds to
   * @param arguments what another JVM needs to time the same cases, for {@link PlainJava}
   * @throws DisagreementException if two contenders give different numbers
   */
  Report run(Map<String, String> facts, List<String> arguments)
      throws IOException, InterruptedException {
    FmaPeaks peaks = new FmaPeaks(new TreeSet<>(List.of(1, threads)));
    facts.put("Fma peak before", peaks.measure());
    List<SideBySide.Outcome> outcomes = timeInOneJvm(facts);
    Map<String, PlainJava> plain = PlainJava.isForced() ? Map.of() : timePlainJava(arguments);
    facts.put("Fma peak after", peaks.measure());

    List<Result> results = new ArrayList<>();
    for (int i = 0; i < cases.size(); i++) {
      results.addAll(outcomes.get(i).results());
      if (!plain.isEmpty()) {
        results.add(plain.get(cases.get(i).name()).comparedWith(outcomes.get(i)));
      }
    }
    return new Report(facts, peaks, results);
  }

  private List<SideBySide.Outcome> timeInOneJvm(Map<String, String> facts)
      throws InterruptedException {
    try (Ours ours = new Ours(Ours.NAME, threads);
        Ours single = new Ours(Ours.NAME + ", 1 thread", 1);
        TorchPeer eager = new TorchPeer("eager", threads);
        TorchPeer fused = new TorchPeer("sdpa", threads);
        OnnxPeer onnx = new OnnxPeer("eager", threads);
        OnnxPeer fusedOnnx = new OnnxPeer("fused", threads)) {
      facts.put("Ours", ours.description());
      facts.put(
          "Peers", "libtorch " + TorchModel.version() + ", ONNX Runtime " + OnnxModel.version());
      List<Contender> contenders = new ArrayList<>(List.of(ours, fused, eager, onnx, fusedOnnx));
      if (threads > 1) {
        contenders.add(single);
      }
      return timeCases(new SideBySide(contenders, rounds));
    }
  }

  private Map<String, PlainJava> timePlainJava(List<String> arguments)
      throws IOException, InterruptedException {
    Path file = Files.createTempFile("plain-java", ".csv");
    try {
      List<String> all = new ArrayList<>(arguments);
      all.add(KernelBenchmark.PLAIN_JAVA_FILE + "=" + file);
      PlainJava.startJvm(all);
      return PlainJava.read(file);
    } finally {
      Files.delete(file);
    }
  }

  /** Times plain Java in this JVM, and writes what {@link PlainJava#read} reads. */
  void writePlainJava(Path file) throws IOException, InterruptedException {
    try (Ours plain = new Ours(PlainJava.NAME, threads)) {
      PlainJava.write(file, timeCases(new SideBySide(List.of(plain), rounds)));
    }
  }

  private List<SideBySide.Outcome> timeCases(SideBySide sideBySide) throws InterruptedException {
    List<SideBySide.Outcome> outcomes = new ArrayList<>();
    for (BenchmarkCase benchmarkCase : cases) {
      SideBySide.Outcome outcome = sideBySide.run(benchmarkCase);
      outcomes.add(outcome);
      outcome.results().forEach(KernelComparison::print);
    }
    return outcomes;
  }

  /** Shows that the run goes on; the tables at the end say more. */
  private static void print(Result result) {
    System.out.printf(
        Locale.ROOT,
        "%-20s %-20s %10.3f ms %8.1f GFLOP/s%n",
        result.benchmarkCase().name(),
        result.contender(),
        result.timing().median(),
        result.gigaflops());
  }
}
