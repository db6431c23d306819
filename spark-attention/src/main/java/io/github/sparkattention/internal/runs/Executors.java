package io.github.sparkattention.internal.runs;

import io.github.sparkattention.internal.executor.ExecutorReport;
import io.github.sparkattention.plugin.AttentionPlugin;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The executors of a run, as a summary tells of them.
 *
 * @param reports what each has; none where a session that was there before doesn't run the plugin
 */
record Executors(List<ExecutorReport> reports) {
  /** Executors of a line that are named. */
  private static final int NAMED = 6;

  /** Those that are there now. */
  static Executors now() {
    return new Executors(AttentionPlugin.isRunning() ? AttentionPlugin.executors() : List.of());
  }

  /** Prints a line for each kind of backend. */
  void tell(Report report) {
    Map<String, List<ExecutorReport>> byBackend =
        reports.stream()
            .collect(
                Collectors.groupingBy(
                    ExecutorReport::backend, LinkedHashMap::new, Collectors.toList()));
    byBackend.forEach((backend, those) -> report.line("executors", names(those) + ": " + backend));
  }

  private static String names(List<ExecutorReport> those) {
    String named =
        those.stream()
            .limit(NAMED)
            .map(report -> report.executorId() + " on " + report.host())
            .collect(Collectors.joining(", "));
    return those.size() > NAMED ? named + " and " + (those.size() - NAMED) + " more" : named;
  }
}
