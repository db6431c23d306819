package io.github.sparkattention.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The figures of {@code bin/bench model}, as a section of docs/benchmarks.md and for programs.
 *
 * @param facts where and with what it ran
 * @param peaks the machine's fma peak
 * @param results all results
 */
record ModelReport(Map<String, String> facts, FmaPeaks peaks, List<ModelResult> results) {

  String markdown() {
    List<String> lines = new ArrayList<>();
    facts.forEach((name, value) -> lines.add(String.format("- %s: %s", name, value)));
    lines.add("");
    lines.add(
        "| case | contender | median ms | min–max ms | tokens/s | GFLOP/s | of fma peak"
            + " | ours ÷ contender |");
    lines.add("|---|---|--:|--:|--:|--:|--:|--:|");
    for (ModelResult result : results) {
      Timing timing = result.timing();
      lines.add(
          String.format(
              Locale.ROOT,
              "| %s | %s | %.1f | %.1f–%.1f | %.0f | %.1f | %.0f %% | %.2f |",
              result.modelCase().name(),
              result.contender(),
              timing.median(),
              timing.min(),
              timing.max(),
              result.tokensPerSecond(),
              result.gigaflops(),
              100 * result.gigaflops() / peaks.of(result.threads()),
              result.ratio()));
    }
    return String.join("\n", lines) + "\n";
  }

  String csv() {
    List<String> lines = new ArrayList<>();
    facts.forEach((name, value) -> lines.add(String.format("# %s: %s", name, value)));
    lines.add(
        "case,contender,threads,rounds,median_ms,min_ms,max_ms,tokens_per_second,gflops,"
            + "ours_over_this");
    for (ModelResult result : results) {
      Timing timing = result.timing();
      lines.add(
          String.format(
              Locale.ROOT,
              "%s,\"%s\",%d,%d,%.4f,%.4f,%.4f,%.1f,%.2f,%.4f",
              result.modelCase().name(),
              result.contender(),
              result.threads(),
              timing.millis().size(),
              timing.median(),
              timing.min(),
              timing.max(),
              result.tokensPerSecond(),
              result.gigaflops(),
              result.ratio()));
    }
    return String.join("\n", lines) + "\n";
  }
}
