package io.github.sparkattention.plugin;

import io.github.sparkattention.internal.executor.ExecutorReport;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;

/**
 * What the executors of an application compute on: the driver's table, which an executor enters
 * with its report and leaves when Spark removes it.
 */
final class ExecutorTable extends SparkListener {
  /** Numbers by their value, which Spark writes without leading zeros; "driver" last. */
  private static final Comparator<String> BY_ID =
      Comparator.comparing(String::length).thenComparing(Comparator.naturalOrder());

  private static final Comparator<ExecutorReport> BY_EXECUTOR =
      Comparator.comparing(ExecutorReport::executorId, BY_ID).thenComparing(ExecutorReport::since);

  private final List<ExecutorReport> reports = new ArrayList<>();
  private final SortedMap<String, ExecutorMetrics> metrics = new TreeMap<>(BY_ID);
  private final Set<String> awaited = new HashSet<>();
  private final Set<String> removed = new HashSet<>();

  @Override
  public synchronized void onExecutorAdded(SparkListenerExecutorAdded added) {
    // Spark's event may come after the executor's own report.
    if (reports.stream().noneMatch(report -> report.executorId().equals(added.executorId()))) {
      awaited.add(added.executorId());
    }
  }

  @Override
  public synchronized void onExecutorRemoved(SparkListenerExecutorRemoved gone) {
    // Also the report that an executor has sent and that arrives after its end.
    removed.add(gone.executorId());
    awaited.remove(gone.executorId());
    reports.removeIf(report -> report.executorId().equals(gone.executorId()));
    metrics.remove(gone.executorId());
  }

  /**
   * Enters a report.
   *
   * @return whether the table is complete: no executor that Spark knows has yet to report
   */
  synchronized boolean add(ExecutorReport report) {
    if (removed.contains(report.executorId())) {
      return false;
    }
    reports.add(report);
    awaited.remove(report.executorId());
    return awaited.isEmpty();
  }

  /** Enters what an executor has computed, in the place of what it had before. */
  synchronized void put(ExecutorMetrics latest) {
    if (!removed.contains(latest.executorId())) {
      metrics.put(latest.executorId(), latest);
    }
  }

  /** The metrics of the executors that are there and have computed something, in their order. */
  synchronized List<ExecutorMetrics> metrics() {
    return List.copyOf(metrics.values());
  }

  /** The reports of the executors that are there, in their order. */
  synchronized List<ExecutorReport> reports() {
    return reports.stream().sorted(BY_EXECUTOR).toList();
  }

  /** The table as text, one line for each report below a heading. */
  @Override
  public String toString() {
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("executor", "host", "since", "computes on"));
    for (ExecutorReport report : reports()) {
      lines.add(
          List.of(
              report.executorId(),
              report.host(),
              report.since().truncatedTo(ChronoUnit.SECONDS).toString(),
              report.backend() + (report.fallback() ? ", since " + report.reason() : "")));
    }
    int[] widths =
        IntStream.range(0, 3)
            .map(column -> lines.stream().mapToInt(l -> l.get(column).length()).max().orElse(1))
            .toArray();
    String format = "%-" + widths[0] + "s  %-" + widths[1] + "s  %-" + widths[2] + "s  %s";
    return lines.stream()
        .map(line -> String.format(format, line.toArray()))
        .collect(Collectors.joining("\n"));
  }
}
