package io.github.sparkattention.plugin;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.github.sparkattention.internal.executor.ExecutorBackend;
import io.github.sparkattention.internal.executor.ExecutorTotals;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * What an executor tells Spark's metric system, of all its tasks together.
 *
 * @param name the metric's name
 * @param meaning what it counts
 * @param type bigint, or double for what is no whole number
 * @param value its value now
 */
public record ExecutorMetric(String name, String meaning, DataType type, Supplier<Number> value) {
  private static final ExecutorTotals TOTALS = ExecutorBackend.totals();

  /** All of them, in the order in which people read them. */
  public static final List<ExecutorMetric> ALL =
      List.of(
          counts("tokens", "tokens computed", TOTALS::tokens),
          counts("batches", "forward passes", TOTALS::batches),
          new ExecutorMetric(
              "kernelSeconds",
              "seconds of computing; on a device with its launches' way up and down",
              DataTypes.DoubleType,
              TOTALS::kernelSeconds),
          counts("bytesUp", "bytes that went to the device", TOTALS::bytesUp),
          counts("bytesDown", "bytes that came from the device", TOTALS::bytesDown),
          counts(
              "fallbacks",
              "batches that Java threads computed in the device's stead",
              TOTALS::fallbacks),
          counts(
              "deviceMemory",
              "bytes of the device's memory; 0 on Java threads",
              ExecutorBackend::deviceMemory),
          counts(
              "deviceMemoryHeld",
              "bytes that layers and launches hold there now",
              ExecutorBackend::deviceMemoryHeld));

  private static ExecutorMetric counts(String name, String meaning, Supplier<Number> value) {
    return new ExecutorMetric(name, meaning, DataTypes.LongType, value);
  }

  /** The values of all of them now. */
  static ExecutorMetrics read(String executorId) {
    Map<String, Number> values = new LinkedHashMap<>();
    ALL.forEach(metric -> values.put(metric.name, metric.value.get()));
    return new ExecutorMetrics(executorId, values);
  }

  static void registerAll(MetricRegistry registry) {
    ALL.forEach(metric -> registry.register(metric.name, (Gauge<Number>) metric.value::get));
  }
}
