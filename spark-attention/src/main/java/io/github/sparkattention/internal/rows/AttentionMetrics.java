package io.github.sparkattention.internal.rows;

import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.kernels.PassReport;
import java.io.Serializable;
import java.util.HashMap;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.execution.metric.SQLMetrics;
import scala.collection.immutable.Map;

/**
 * What an execution counts, as the SQL page of Spark's UI shows it. Times are those of all tasks
 * together, in nanoseconds.
 *
 * @param rows rows that went out
 * @param tokens tokens that were computed
 * @param batches forward passes
 * @param tokensPerBatch each task's mean
 * @param refused rows that couldn't be computed
 * @param split batches that a device took in parts
 * @param fallbacks batches that Java threads computed in a device's stead
 * @param decode time for packing rows
 * @param compute time for computing, on Java threads or on a device
 * @param deviceWait time in which batches waited for their turn on a device
 * @param encode time for making output rows
 */
public record AttentionMetrics(
    SQLMetric rows,
    SQLMetric tokens,
    SQLMetric batches,
    SQLMetric tokensPerBatch,
    SQLMetric refused,
    SQLMetric split,
    SQLMetric fallbacks,
    SQLMetric decode,
    SQLMetric compute,
    SQLMetric deviceWait,
    SQLMetric encode)
    implements Serializable {

  public static AttentionMetrics create(SparkContext context) {
    return new AttentionMetrics(
        SQLMetrics.createMetric(context, "number of output rows"),
        SQLMetrics.createMetric(context, "number of tokens"),
        SQLMetrics.createMetric(context, "number of batches"),
        SQLMetrics.createAverageMetric(context, "tokens per batch"),
        SQLMetrics.createMetric(context, "number of rows refused"),
        SQLMetrics.createMetric(context, "number of batches split"),
        SQLMetrics.createMetric(context, BackendNames.FALLBACKS),
        SQLMetrics.createNanoTimingMetric(context, "time to decode", -1),
        SQLMetrics.createNanoTimingMetric(context, "time to compute", -1),
        SQLMetrics.createNanoTimingMetric(context, "time to wait for the device", -1),
        SQLMetrics.createNanoTimingMetric(context, "time to encode", -1));
  }

  /**
   * Counts a batch that was computed.
   *
   * @param size its number of tokens
   * @param report what its forward pass cost
   */
  public void count(long size, PassReport report) {
    tokens.add(size);
    batches.add(1L);
    // A task's own values, since each task begins with zeros.
    tokensPerBatch.set((double) tokens.value() / batches.value());
    split.add(report.isSplit() ? 1L : 0L);
    fallbacks.add(report.fallback() ? 1L : 0L);
    compute.add(report.computeNanos());
    deviceWait.add(report.waitNanos());
  }

  /** The metrics under the names that a physical node gives them. */
  public Map<String, SQLMetric> byName() {
    java.util.Map<String, SQLMetric> entries = new HashMap<>();
    entries.put("numOutputRows", rows);
    entries.put("numTokens", tokens);
    entries.put("numBatches", batches);
    entries.put("avgTokensPerBatch", tokensPerBatch);
    entries.put("numRowsRefused", refused);
    entries.put("numBatchesSplit", split);
    entries.put("numFallbacks", fallbacks);
    entries.put("decodeTime", decode);
    entries.put("computeTime", compute);
    entries.put("deviceWaitTime", deviceWait);
    entries.put("encodeTime", encode);
    return SparkInternals.map(entries);
  }
}
