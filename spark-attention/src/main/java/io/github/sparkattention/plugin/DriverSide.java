package io.github.sparkattention.plugin;

import io.github.sparkattention.internal.executor.AttentionSettings;
import io.github.sparkattention.internal.executor.ExecutorReport;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The plugin's part on the driver: checks the settings, and keeps the table of executors. */
final class DriverSide implements DriverPlugin {
  private static final Logger LOG = LoggerFactory.getLogger(AttentionPlugin.class);

  private final ExecutorTable table = new ExecutorTable();

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if a setting is unknown or has a wrong value
   */
  @Override
  public Map<String, String> init(SparkContext spark, PluginContext context) {
    AttentionSettings.check(AttentionSettings.backend(spark.conf()), spark.conf());
    spark.addSparkListener(table);
    AttentionPlugin.started(table);
    return Map.of();
  }

  @Override
  public Object receive(Object message) {
    if (message instanceof ExecutorReport report) {
      if (table.add(report)) {
        LOG.info("What executors compute attention on:\n{}", table);
      }
    } else if (message instanceof ExecutorMetrics metrics) {
      table.put(metrics);
    } else if (message instanceof ExecutorRefusal refusal) {
      LOG.error(
          "Executor {} on {} can't start: {}",
          refusal.executorId(),
          refusal.host(),
          refusal.reason());
    }
    return null;
  }

  @Override
  public void shutdown() {
    AttentionPlugin.stopped(table);
  }
}
