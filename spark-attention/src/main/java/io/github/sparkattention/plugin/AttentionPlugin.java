package io.github.sparkattention.plugin;

import io.github.sparkattention.internal.executor.ExecutorReport;
import java.sql.Timestamp;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.SparkPlugin;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * The Spark plugin of attention, for {@code
 * spark.plugins=io.github.sparkattention.plugin.AttentionPlugin}.
 *
 * <p>With it an executor opens what it computes on when it starts: the device is chosen and the
 * kernels compiled before the first task. Under {@code spark.attention.backend=opencl} an executor
 * without a usable device doesn't start. The driver keeps a table of what executors have, and
 * Spark's metric system gets each executor's metrics. Without the plugin stages work as well, and
 * the first task opens the backend.
 */
public final class AttentionPlugin implements SparkPlugin {
  private static final String PLUGINS = "spark.plugins";

  /** Of the application that runs in this JVM; there is one at most. */
  private static final AtomicReference<ExecutorTable> TABLE = new AtomicReference<>();

  private static final String EXECUTOR = "executor";

  private static final StructType COLUMNS =
      new StructType()
          .add(EXECUTOR, DataTypes.StringType, false)
          .add("host", DataTypes.StringType, false)
          .add("backend", DataTypes.StringType, false)
          .add("device", DataTypes.StringType, true)
          .add("deviceMemory", DataTypes.LongType, false)
          .add("fallback", DataTypes.BooleanType, false)
          .add("reason", DataTypes.StringType, false)
          .add("since", DataTypes.TimestampType, false);

  /** Made by Spark, by the name in its settings. */
  public AttentionPlugin() {}

  @Override
  public DriverPlugin driverPlugin() {
    return new DriverSide();
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorSide();
  }

  /**
   * Adds the plugin to an application that has not started, beside those that it has.
   *
   * @param conf the application's configuration, which is changed
   */
  public static void addTo(SparkConf conf) {
    String name = AttentionPlugin.class.getName();
    String plugins = conf.get(PLUGINS, "").strip();
    if (plugins.isEmpty()) {
      conf.set(PLUGINS, name);
    } else if (!Set.of(plugins.split("\\s*,\\s*")).contains(name)) {
      conf.set(PLUGINS, plugins + "," + name);
    }
  }

  /**
   * Whether the application that runs in this JVM has the plugin.
   *
   * @return true on the driver of such an application
   */
  public static boolean isRunning() {
    return TABLE.get() != null;
  }

  /**
   * What the executors compute on, as the driver knows it: an executor enters when it has opened a
   * backend, once for each backend that it has opened, and leaves when Spark removes it.
   *
   * @return the executors' reports, by executor
   * @throws IllegalStateException if the application doesn't have the plugin, or if this is not its
   *     driver
   */
  public static List<ExecutorReport> executors() {
    return table().reports();
  }

  /**
   * What {@link #executors} tells, as rows.
   *
   * @param spark the session that the rows belong to
   * @return columns executor, host, backend, device, deviceMemory, fallback, reason and since
   * @throws IllegalStateException as {@link #executors} throws it
   */
  public static Dataset<Row> executorsTable(SparkSession spark) {
    return spark.createDataFrame(executors().stream().map(AttentionPlugin::row).toList(), COLUMNS);
  }

  /**
   * What the executors have computed, as the driver knows it: an executor tells when a task ends
   * that computed attention, and leaves when Spark removes it. A message is on its way for a moment
   * after its task has ended.
   *
   * @return the executors' metrics, by executor
   * @throws IllegalStateException as {@link #executors} throws it
   */
  public static List<ExecutorMetrics> metrics() {
    return table().metrics();
  }

  /**
   * What {@link #metrics} tells, as rows.
   *
   * @param spark the session that the rows belong to
   * @return the column executor, and one column for each metric
   * @throws IllegalStateException as {@link #executors} throws it
   */
  public static Dataset<Row> metricsTable(SparkSession spark) {
    StructType columns = new StructType().add(EXECUTOR, DataTypes.StringType, false);
    for (ExecutorMetric metric : ExecutorMetric.ALL) {
      columns = columns.add(metric.name(), metric.type(), false);
    }
    return spark.createDataFrame(metrics().stream().map(AttentionPlugin::row).toList(), columns);
  }

  private static Row row(ExecutorMetrics metrics) {
    return RowFactory.create(
        Stream.concat(Stream.of(metrics.executorId()), metrics.values().values().stream())
            .toArray());
  }

  private static ExecutorTable table() {
    ExecutorTable table = TABLE.get();
    if (table == null) {
      throw new IllegalStateException(
          String.format(
              "executors report to a driver that has started with %s=%s, and here is none",
              PLUGINS, AttentionPlugin.class.getName()));
    }
    return table;
  }

  private static Row row(ExecutorReport report) {
    return RowFactory.create(
        report.executorId(),
        report.host(),
        report.backend(),
        report.device(),
        report.deviceMemory(),
        report.fallback(),
        report.reason(),
        Timestamp.from(report.since()));
  }

  static void started(ExecutorTable table) {
    TABLE.set(table);
  }

  static void stopped(ExecutorTable table) {
    TABLE.compareAndSet(table, null);
  }
}
