package io.github.sparkattention.sql;

import io.github.sparkattention.plugin.ExecutorCores;
import org.apache.spark.TaskContext;

/**
 * The heap of this JVM, and how many tasks share it. A row that needs more than a task's share is
 * refused with an error that says so, since a JVM that runs out of memory takes all its tasks
 * along.
 *
 * @param bytes the largest size that the heap may have
 * @param tasks how many tasks run at once
 */
record TaskHeap(long bytes, int tasks) {
  /** What is left to Spark and to all else, of 100. */
  private static final int RESERVED_PERCENT = 25;

  /** The heap as the running task finds it. */
  static TaskHeap here() {
    TaskContext task = TaskContext.get();
    int cores = task == null ? 1 : task.cpus();
    int tasks = Math.max(1, ExecutorCores.count() / cores);
    return new TaskHeap(Runtime.getRuntime().maxMemory(), tasks);
  }

  /** What one task may take. */
  long share() {
    return bytes / 100 * (100 - RESERVED_PERCENT) / tasks;
  }

  /**
   * Checks a sequence.
   *
   * @param length number of tokens
   * @param need the bytes that it takes
   * @return why it can't be computed here, or null if it can
   */
  String fault(long length, long need) {
    return need <= share()
        ? null
        : String.format(
            "the sequence has %d tokens, and takes %s of heap with its copies and results, but one"
                + " of the %d %s that share this JVM's %s may take %s. Raise spark.executor.memory"
                + " (in local mode spark.driver.memory), or spark.task.cpus, so that fewer tasks"
                + " share it.",
            length,
            megabytes(need),
            tasks,
            tasks == 1 ? "task" : "tasks",
            megabytes(bytes),
            megabytes(share()));
  }

  private static String megabytes(long bytes) {
    return String.format("%,d MiB", bytes >> 20);
  }
}
