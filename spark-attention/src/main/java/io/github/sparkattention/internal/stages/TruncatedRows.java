package io.github.sparkattention.internal.stages;

import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/** Counts the rows whose text was cut, for a stage and all of its copies. */
public final class TruncatedRows {
  private SparkContext countedIn;
  private LongAccumulator count;

  public synchronized LongAccumulator counter(String uid, SparkContext context) {
    // An accumulator ends with its application, and a JVM may see several of them.
    if (countedIn != context) {
      count = context.longAccumulator(uid + ": rows with truncated texts");
      countedIn = context;
    }
    return count;
  }

  public synchronized long sum() {
    return count == null ? 0 : count.sum();
  }
}
