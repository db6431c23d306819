package io.github.sparkattention.plugin;

import io.github.sparkattention.internal.executor.AssignedGpus;
import io.github.sparkattention.internal.executor.AttentionSettings;
import io.github.sparkattention.internal.executor.ExecutorBackend;
import io.github.sparkattention.internal.executor.ExecutorReport;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkContext$;
import org.apache.spark.TaskFailedReason;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.util.Utils;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The plugin's part on an executor: opens its backend, tells the driver, and gives metrics. */
final class ExecutorSide implements ExecutorPlugin {
  private static final Logger LOG = LoggerFactory.getLogger(AttentionPlugin.class);

  private final Set<ExecutorBackend> reported = ConcurrentHashMap.newKeySet();
  private PluginContext driver;

  /** The number of batches when the driver was last told. */
  private long toldBatches;

  /**
   * {@inheritDoc}
   *
   * @throws io.github.sparkattention.kernels.BackendUnavailableException if the application asks
   *     for a device and there is no usable one; Spark then ends this executor
   */
  @Override
  public void init(PluginContext context, Map<String, String> unused) {
    driver = context;
    try {
      ExecutorBackend backend =
          ExecutorBackend.open(
              AttentionSettings.backend(context.conf()),
              () -> AssignedGpus.of(context.resources()));
      reported.add(backend);
      // Asked, so that the driver knows this executor before it has a task.
      driver.ask(report(backend));
    } catch (RuntimeException e) {
      refuse(e);
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("the driver could not be told what this executor has", e);
    }
    ExecutorMetric.registerAll(context.metricRegistry());
    ExecutorBackend.onUse(this::used);
  }

  private ExecutorReport report(ExecutorBackend backend) {
    return backend.report(driver.executorID(), host());
  }

  /** What Spark calls this host. The context can't tell, since an executor's RPC has no address. */
  private static String host() {
    return Utils.localHostName();
  }

  /** Where the driver computes itself, the exception that follows is all it needs. */
  private void refuse(RuntimeException e) {
    if (driver.executorID().equals(SparkContext$.MODULE$.DRIVER_IDENTIFIER())) {
      return;
    }
    try {
      driver.ask(new ExecutorRefusal(driver.executorID(), host(), e.getMessage()));
    } catch (Exception unheard) {
      e.addSuppressed(unheard);
    }
  }

  /** A stage may ask for another backend than the one that was opened first. */
  private void used(ExecutorBackend backend) {
    if (reported.add(backend)) {
      try {
        driver.send(report(backend));
      } catch (IOException e) {
        LOG.warn("The driver could not be told of {}: {}", backend.describe(), e.toString());
      }
    }
  }

  @Override
  public void onTaskSucceeded() {
    tellMetrics();
  }

  @Override
  public void onTaskFailed(TaskFailedReason unused) {
    tellMetrics();
  }

  /** One task at a time, so that what the driver hears last is the latest. */
  private synchronized void tellMetrics() {
    long batches = ExecutorBackend.totals().batches();
    if (batches == toldBatches) {
      return;
    }
    toldBatches = batches;
    try {
      driver.send(ExecutorMetric.read(driver.executorID()));
    } catch (IOException e) {
      LOG.warn("The driver could not be told the metrics of this executor: {}", e.toString());
    }
  }

  @Override
  public void shutdown() {
    ExecutorBackend.onUse(unheard -> {});
  }
}
