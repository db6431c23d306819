package io.github.sparkattention.sql;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.execution.metric.SQLMetrics;
import scala.Tuple2;
import scala.collection.immutable.Map;
import scala.collection.immutable.Map$;

/**
 * What an execution counts, as the SQL page of Spark's UI shows it.
 *
 * @param rows rows that went out
 * @param tokens tokens that were computed
 * @param batches forward passes
 * @param refused rows that couldn't be computed
 * @param decode time for packing rows, in nanoseconds
 * @param compute time for forward passes, in nanoseconds
 * @param encode time for making output rows, in nanoseconds
 */
record AttentionMetrics(
    SQLMetric rows,
    SQLMetric tokens,
    SQLMetric batches,
    SQLMetric refused,
    SQLMetric decode,
    SQLMetric compute,
    SQLMetric encode)
    implements Serializable {

  static AttentionMetrics create(SparkContext context) {
    return new AttentionMetrics(
        SQLMetrics.createMetric(context, "number of output rows"),
        SQLMetrics.createMetric(context, "number of tokens"),
        SQLMetrics.createMetric(context, "number of batches"),
        SQLMetrics.createMetric(context, "number of rows refused"),
        SQLMetrics.createNanoTimingMetric(context, "time to decode", -1),
        SQLMetrics.createNanoTimingMetric(context, "time to compute", -1),
        SQLMetrics.createNanoTimingMetric(context, "time to encode", -1));
  }

  /** The metrics under the names that a physical node gives them. */
  Map<String, SQLMetric> byName() {
    List<Tuple2<String, SQLMetric>> entries = new ArrayList<>();
    entries.add(new Tuple2<>("numOutputRows", rows));
    entries.add(new Tuple2<>("numTokens", tokens));
    entries.add(new Tuple2<>("numBatches", batches));
    entries.add(new Tuple2<>("numRowsRefused", refused));
    entries.add(new Tuple2<>("decodeTime", decode));
    entries.add(new Tuple2<>("computeTime", compute));
    entries.add(new Tuple2<>("encodeTime", encode));
    return Map$.MODULE$.from(SparkInternals.seq(entries));
  }
}
