package io.github.sparkattention.internal.runs;

import io.github.sparkattention.internal.rows.BackendNames;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.jdk.javaapi.CollectionConverters;

/** Hears from every task which backend has computed it. */
public final class BackendsUsed extends SparkListener {
  private final Set<String> names = new ConcurrentSkipListSet<>();
  private final AtomicLong fallbacks = new AtomicLong();

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    for (AccumulableInfo info : CollectionConverters.asJava(end.taskInfo().accumulables())) {
      if (info.name().isDefined() && info.update().isDefined()) {
        hear(info.name().get(), info.update().get());
      }
    }
  }

  private void hear(String name, Object update) {
    if (name.equals(BackendNames.NAME) && update instanceof Collection<?> backends) {
      backends.forEach(backend -> names.add(backend.toString()));
    } else if (name.equals(BackendNames.FALLBACKS) && update instanceof Long batches) {
      fallbacks.addAndGet(batches);
    }
  }

  /** Says how many batches a device has left to Java threads, if any. */
  void tellFallbacks(Report report) {
    long batches = fallbacks.get();
    if (batches > 0) {
      report.line(
          "fallbacks",
          String.format(
              "Java threads computed %s %s in place of a device; the executors' logs say why",
              Report.number(batches), batches == 1 ? "batch" : "batches"));
    }
  }

  /** The backends' descriptions; a cluster may have used several. */
  @Override
  public String toString() {
    return names.isEmpty() ? "nothing, since there was no row" : String.join("; ", names);
  }
}
