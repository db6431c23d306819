package io.github.sparkattention;

import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/** Counts the rows whose text was cut, for a stage and all of its copies. */
final class TruncatedRows {
  private SparkContext countedIn;
  private LongAccumulator count;

  synchronized LongAccumulator counter(String uid, SparkContext context) {
    // An accumulator ends with its application, and a JVM may see several of them.
    if (countedIn != context) {
      count = context.longAccumulator(uid + ": rows with truncated texts");
      countedIn = context;
    }
    return count;
  }

  synchronized long sum() {
    return count == null ? 0 : count.sum();
  }
}
