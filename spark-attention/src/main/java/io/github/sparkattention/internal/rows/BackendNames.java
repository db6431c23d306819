package io.github.sparkattention.internal.rows;

import java.util.List;
import org.apache.spark.util.AccumulatorV2;
import org.apache.spark.util.CollectionAccumulator;

/**
 * The driver's accumulator of the backends that computed an execution's tasks, each named once.
 * Tasks get an accumulator of Spark's own class and send that back: where this project's jar was
 * added to a running session, the driver's threads that read tasks' results don't know its classes.
 */
public final class BackendNames extends CollectionAccumulator<String> {
  /** The accumulator's name, by which a listener finds it in a task's accumulables. */
  public static final String NAME = "attention backend";

  /** Name of the metric that counts batches which Java threads computed in a device's stead. */
  public static final String FALLBACKS = "number of fallbacks to Java threads";

  private static final long serialVersionUID = 1L;

  /** What Spark sends to tasks in this one's place. */
  @Override
  public CollectionAccumulator<String> copyAndReset() {
    return new CollectionAccumulator<>();
  }

  /** Once each: many thousands of tasks are computed by few backends. */
  @Override
  public synchronized void merge(AccumulatorV2<String, List<String>> other) {
    for (String name : other.value()) {
      if (!value().contains(name)) {
        add(name);
      }
    }
  }
}
