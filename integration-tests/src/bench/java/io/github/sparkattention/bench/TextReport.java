package io.github.sparkattention.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The figures of texts in Spark, as a section of docs/benchmarks.md and for programs.
 *
 * @param facts where and with what it ran
 * @param result the figures
 */
record TextReport(Map<String, String> facts, TextResult result) {

  String markdown() {
    List<String> lines = new ArrayList<>();
    facts.forEach((name, value) -> lines.add(String.format("- %s: %s", name, value)));
    lines.add("");
    lines.add("| contender | median s | min–max s | rows/s | tokens/s | ours ÷ contender |");
    lines.add("|---|--:|--:|--:|--:|--:|");
    for (int i = 0; i < result.names().size(); i++) {
      Timing timing = result.timings().get(i);
      lines.add(
          String.format(
              Locale.ROOT,
              "| %s | %.3f | %.3f–%.3f | %.1f | %.0f | %s |",
              result.names().get(i),
              timing.median() / 1e3,
              timing.min() / 1e3,
              timing.max() / 1e3,
              result.rowsPerSecond(i),
              result.tokensPerSecond(i),
              i < result.contenders() ? String.format(Locale.ROOT, "%.2f", result.ratio(i)) : ""));
    }
    return String.join("\n", lines) + "\n";
  }

  String csv() {
    List<String> lines = new ArrayList<>();
    facts.forEach((name, value) -> lines.add(String.format("# %s: %s", name, value)));
    lines.add(
        "contender,rounds,median_ms,min_ms,max_ms,rows_per_second,tokens_per_second,"
            + "ours_over_this");
    for (int i = 0; i < result.names().size(); i++) {
      Timing timing = result.timings().get(i);
      lines.add(
          String.format(
              Locale.ROOT,
              "\"%s\",%d,%.2f,%.2f,%.2f,%.2f,%.1f,%s",
              result.names().get(i),
              timing.millis().size(),
              timing.median(),
              timing.min(),
              timing.max(),
              result.rowsPerSecond(i),
              result.tokensPerSecond(i),
              i < result.contenders() ? String.format(Locale.ROOT, "%.4f", result.ratio(i)) : ""));
    }
    return String.join("\n", lines) + "\n";
  }
}
