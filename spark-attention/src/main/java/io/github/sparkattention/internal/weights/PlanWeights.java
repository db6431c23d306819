package io.github.sparkattention.internal.weights;

import io.github.sparkattention.kernels.Program;
import org.apache.spark.SparkContext;

/**
 * A program's weights on the driver, as plans hold them. Two are equal if they make the same
 * program with the same weights, so that Spark recognizes equal plans.
 */
public interface PlanWeights {
  /** What is computed, with all that its stage was asked for. */
  Program program();

  /**
   * The weights as tasks get them, sent once for each application.
   *
   * @param context the application
   * @return what is sent to tasks
   * @throws IllegalArgumentException if they can't be had any more, such as where a file has
   *     changed
   */
  TaskWeights send(SparkContext context);
}
