package io.github.sparkattention.it.cluster;

import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** Hears what happens to executors and tasks, and waits for it. */
final class ExecutorEvents extends SparkListener {
  private final Map<String, String> removed = new HashMap<>();
  private int taskEnds;

  @Override
  public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
    taskEnds++;
    notifyAll();
  }

  @Override
  public synchronized void onExecutorRemoved(SparkListenerExecutorRemoved event) {
    removed.put(event.executorId(), event.reason());
    notifyAll();
  }

  synchronized int taskEnds() {
    return taskEnds;
  }

  synchronized void awaitTaskEnds(int count) throws InterruptedException {
    await(() -> taskEnds >= count, count + " ended tasks");
  }

  /** Waits until an executor is gone, and tells why it is. */
  synchronized String awaitRemoval(String executor) throws InterruptedException {
    await(() -> removed.containsKey(executor), "the removal of executor " + executor);
    return removed.get(executor);
  }

  private synchronized void await(BooleanSupplier condition, String what)
      throws InterruptedException {
    long end = System.nanoTime() + SparkProcess.PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("waited in vain for " + what);
      }
      wait(1000);
    }
  }
}
