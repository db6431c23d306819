package io.github.sparkattention.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.internal.executor.ExecutorReport;
import java.time.Instant;
import java.util.Map;
import org.apache.spark.scheduler.SparkListenerExecutorAdded;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.cluster.ExecutorInfo;
import org.junit.jupiter.api.Test;
import scala.collection.immutable.Map$;

class ExecutorTableTest {
  private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.678Z");

  private final ExecutorTable table = new ExecutorTable();

  private static ExecutorReport onDevice(String id, String host) {
    return new ExecutorReport(
        id, host, "OpenCL (A, B)", "A", 1L << 34, false, "it is the OpenCL device there", TIME);
  }

  private static ExecutorReport onThreads(String id, String host) {
    return new ExecutorReport(id, host, "Java threads (8 threads)", null, 0, true, "why", TIME);
  }

  private void added(String id) {
    ExecutorInfo info = new ExecutorInfo("host", 1, Map$.MODULE$.empty());
    table.onExecutorAdded(new SparkListenerExecutorAdded(0, id, info));
  }

  private void removed(String id) {
    table.onExecutorRemoved(new SparkListenerExecutorRemoved(0, id, "killed"));
  }

  @Test
  void theTableIsCompleteWhenAllExecutorsThatSparkKnowsHaveReported() {
    added("0");
    added("1");
    assertThat(table.add(onDevice("0", "a"))).isFalse();
    // Spark's own event may come second.
    assertThat(table.add(onDevice("2", "a"))).isFalse();
    added("2");
    assertThat(table.add(onThreads("1", "b"))).isTrue();
    added("3");
    assertThat(table.add(onDevice("2", "a"))).isFalse();
    removed("3");
    assertThat(table.add(onDevice("2", "a"))).isTrue();
  }

  @Test
  void anExecutorThatIsRemovedLeavesAndALateReportDoesNotBringItBack() {
    table.add(onDevice("0", "a"));
    table.add(onThreads("0", "a"));
    table.add(onThreads("1", "b"));
    removed("0");
    assertThat(table.reports()).containsExactly(onThreads("1", "b"));
    assertThat(table.add(onDevice("0", "a"))).isFalse();
    assertThat(table.reports()).containsExactly(onThreads("1", "b"));
  }

  @Test
  void metricsAreTheLatestOfEachExecutorThatIsThere() {
    ExecutorMetrics latest = new ExecutorMetrics("2", Map.of("tokens", 5L));
    table.put(new ExecutorMetrics("10", Map.of("tokens", 3L)));
    table.put(new ExecutorMetrics("2", Map.of("tokens", 4L)));
    table.put(latest);
    assertThat(table.metrics())
        .containsExactly(latest, new ExecutorMetrics("10", Map.of("tokens", 3L)));
    removed("10");
    table.put(new ExecutorMetrics("10", Map.of("tokens", 6L)));
    assertThat(table.metrics()).containsExactly(latest);
  }

  @Test
  void executorsAreListedByNumberWithWhatTheyHaveAndWhyItIsNoDevice() {
    table.add(onThreads("10", "another-host"));
    table.add(onDevice("9", "host"));
    assertThat(table)
        .hasToString(
            """
            executor  host          since                 computes on
            9         host          2026-01-02T03:04:05Z  OpenCL (A, B)
            10        another-host  2026-01-02T03:04:05Z  Java threads (8 threads), since why""");
  }
}
