package io.github.sparkattention.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Results in Spark as text.
 *
 * @param facts the machine and the software
 * @param results all results, in the order of the table
 */
record SparkReport(Map<String, String> facts, List<SparkResult> results) {

  /** The section of docs/benchmarks.md. */
  String markdown() {
    List<String> lines = new ArrayList<>();
    facts.forEach((name, value) -> lines.add(String.format("- %s: %s", name, value)));
    lines.add("");
    lines.add("| case | contender | median s | min–max s | tokens/s | ours ÷ contender |");
    lines.add("|---|---|--:|--:|--:|--:|");
    for (SparkResult result : results) {
      for (int i = 0; i < result.names().size(); i++) {
        Timing timing = result.timings().get(i);
        lines.add(row(result, result.names().get(i), timing, result.ratio(timing)));
      }
      lines.add(row(result, "scan alone", result.scan(), Double.NaN));
      lines.add(row(result, "bare kernel, no Spark", result.kernel(), Double.NaN));
    }
    lines.add("");
    for (SparkResult result : results) {
      lines.add(
          String.format(
              Locale.ROOT,
              "- %s: the stage takes %.2f times what a scan and the bare kernel take one after the"
                  + " other.",
              result.benchmarkCase().name(),
              result.overScanAndKernel()));
    }
    return String.join("\n", lines) + "\n";
  }

  private static String row(SparkResult result, String name, Timing timing, double ratio) {
    return String.format(
        Locale.ROOT,
        "| %s | %s | %.3f | %.3f–%.3f | %.0f | %s |",
        result.benchmarkCase().name(),
        name,
        timing.median() / 1e3,
        timing.min() / 1e3,
        timing.max() / 1e3,
        tokensPerSecond(result, timing),
        Double.isNaN(ratio) ? "" : String.format(Locale.ROOT, "%.2f", ratio));
  }

  private static double tokensPerSecond(SparkResult result, Timing timing) {
    return result.benchmarkCase().tokens() / (timing.median() / 1e3);
  }

  /** The same figures for programs. */
  String csv() {
    List<String> lines = new ArrayList<>();
    facts.forEach((name, value) -> lines.add(String.format("# %s: %s", name, value)));
    lines.add("case,contender,rounds,median_ms,min_ms,max_ms,tokens_per_second");
    for (SparkResult result : results) {
      for (int i = 0; i < result.names().size(); i++) {
        lines.add(csv(result, result.names().get(i), result.timings().get(i)));
      }
      lines.add(csv(result, "scan", result.scan()));
      lines.add(csv(result, "kernel", result.kernel()));
    }
    return String.join("\n", lines) + "\n";
  }

  private static String csv(SparkResult result, String name, Timing timing) {
    return String.format(
        Locale.ROOT,
        "%s,\"%s\",%d,%.2f,%.2f,%.2f,%.1f",
        result.benchmarkCase().name(),
        name,
        timing.millis().size(),
        timing.median(),
        timing.min(),
        timing.max(),
        tokensPerSecond(result, timing));
  }
}
