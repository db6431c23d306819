package io.github.sparkattention.plugin;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import java.util.List;
import java.util.function.Supplier;

/**
 * What an executor tells Spark's metric system, of all its tasks together.
 *
 * @param name the metric's name
 * @param meaning what it counts
 * @param value its value now
 */
record ExecutorMetric(String name, String meaning, Supplier<Number> value) {
  private static final ExecutorTotals TOTALS = ExecutorBackend.totals();

  /** All of them, in the order in which people read them. */
  static final List<ExecutorMetric> ALL =
      List.of(
          new ExecutorMetric("tokens", "tokens computed", TOTALS::tokens),
          new ExecutorMetric("batches", "forward passes", TOTALS::batches),
          new ExecutorMetric(
              "kernelSeconds",
              "seconds of computing; on a device with its launches' way up and down",
              TOTALS::kernelSeconds),
          new ExecutorMetric("bytesUp", "bytes that went to the device", TOTALS::bytesUp),
          new ExecutorMetric("bytesDown", "bytes that came from the device", TOTALS::bytesDown),
          new ExecutorMetric(
              "fallbacks",
              "batches that Java threads computed in the device's stead",
              TOTALS::fallbacks),
          new ExecutorMetric(
              "deviceMemory",
              "bytes of the device's memory; 0 on Java threads",
              ExecutorBackend::deviceMemory),
          new ExecutorMetric(
              "deviceMemoryHeld",
              "bytes that layers and launches hold there now",
              ExecutorBackend::deviceMemoryHeld));

  static void registerAll(MetricRegistry registry) {
    ALL.forEach(metric -> registry.register(metric.name, (Gauge<Number>) metric.value::get));
  }
}
