package io.github.sparkattention.internal.batches;

import io.github.sparkattention.internal.executor.ExecutorCores;
import org.apache.spark.TaskContext;

/**
 * The heap of this JVM, and how many tasks share it.
 *
 * @param bytes the largest size that the heap may have
 * @param tasks how many tasks run at once
 */
public record TaskHeap(long bytes, int tasks) {
  /** What is left to Spark and to all else, of 100. */
  private static final int RESERVED_PERCENT = 25;

  /** The heap as the running task finds it. */
  public static TaskHeap here() {
    TaskContext task = TaskContext.get();
    int cores = task == null ? 1 : task.cpus();
    int tasks = Math.max(1, ExecutorCores.count() / cores);
    return new TaskHeap(Runtime.getRuntime().maxMemory(), tasks);
  }

  /** What one task may take. */
  long share() {
    return bytes / 100 * (100 - RESERVED_PERCENT) / tasks;
  }
}
