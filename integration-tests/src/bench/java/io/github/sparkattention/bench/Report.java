package io.github.sparkattention.bench;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Results as text.
 *
 * @param facts the machine and the software
 * @param peaks what the machine can do
 * @param results all results, in the order of the table
 */
record Report(Map<String, String> facts, FmaPeaks peaks, List<Result> results) {

  /** The section of docs/benchmarks.md. */
  String markdown() {
    List<String> lines = new ArrayList<>();
    facts.forEach((name, value) -> lines.add(String.format("- %s: %s", name, value)));
    lines.add("");
    lines.add(
        "| case | contender | threads | median ms | min–max ms | GFLOP/s | of fma peak"
            + " | ours ÷ contender |");
    lines.add("|---|---|--:|--:|--:|--:|--:|--:|");
    for (Result result : results) {
      Timing timing = result.timing();
      lines.add(
          String.format(
              Locale.ROOT,
              "| %s | %s | %d | %.3f | %.3f–%.3f | %.1f | %.0f %% | %.2f |",
              result.benchmarkCase().name(),
              result.contender(),
              result.threads(),
              timing.median(),
              timing.min(),
              timing.max(),
              result.gigaflops(),
              100 * peakShare(result),
              result.ratio()));
    }
    lines.add("");
    lines.addAll(means());
    lines.addAll(tiny());
    return String.join("\n", lines) + "\n";
  }

  /** The same figures for programs. */
  String csv() {
    List<String> lines = new ArrayList<>();
    facts.forEach((name, value) -> lines.add(String.format("# %s: %s", name, value)));
    lines.add(
        "case,contender,threads,rounds,median_ms,min_ms,max_ms,gflops,peak_share,ours_over_this");
    for (Result result : results) {
      Timing timing = result.timing();
      lines.add(
          String.format(
              Locale.ROOT,
              "%s,\"%s\",%d,%d,%.4f,%.4f,%.4f,%.2f,%.4f,%.4f",
              result.benchmarkCase().name(),
              result.contender(),
              result.threads(),
              timing.millis().size(),
              timing.median(),
              timing.min(),
              timing.max(),
              result.gigaflops(),
              peakShare(result),
              result.ratio()));
    }
    return String.join("\n", lines) + "\n";
  }

  private double peakShare(Result result) {
    return result.gigaflops() / peaks.of(result.threads());
  }

  private List<String> means() {
    Map<String, List<Result>> byContender =
        results.stream()
            .filter(result -> result.benchmarkCase().isUniform768())
            .filter(result -> !result.contender().equals(Ours.NAME))
            .collect(groupingBy(Result::contender, LinkedHashMap::new, toList()));
    return byContender.entrySet().stream()
        .map(entry -> mean(entry.getKey(), entry.getValue()))
        .toList();
  }

  private static String mean(String contender, List<Result> results) {
    double logs = results.stream().mapToDouble(result -> Math.log(result.ratio())).sum();
    Result worst = results.stream().min(Comparator.comparingDouble(Result::ratio)).orElseThrow();
    return String.format(
        Locale.ROOT,
        "- Ours ÷ %s, geometric mean over %d uniform 768 cases: %.2f; worst case %.2f (%s).",
        contender,
        results.size(),
        Math.exp(logs / results.size()),
        worst.ratio(),
        worst.benchmarkCase().name());
  }

  private List<String> tiny() {
    return results.stream()
        .filter(result -> result.benchmarkCase().isTiny())
        .filter(result -> result.contender().startsWith(Ours.NAME))
        .map(
            result ->
                String.format(
                    Locale.ROOT,
                    "- Tiny rows, %s: %.2f million tokens/s, %.2f µs a sequence.",
                    result.contender(),
                    result.millionTokens(),
                    result.microsPerSequence()))
        .toList();
  }
}
