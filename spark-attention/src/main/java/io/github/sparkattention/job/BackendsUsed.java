package io.github.sparkattention.job;

import io.github.sparkattention.sql.BackendNames;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.jdk.javaapi.CollectionConverters;

/** Hears from every task which backend has computed it. */
final class BackendsUsed extends SparkListener {
  private final Set<String> names = new ConcurrentSkipListSet<>();

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    for (AccumulableInfo info : CollectionConverters.asJava(end.taskInfo().accumulables())) {
      if (info.name().contains(BackendNames.NAME)
          && info.update().isDefined()
          && info.update().get() instanceof Set<?> update) {
        update.forEach(name -> names.add(name.toString()));
      }
    }
  }

  /** The backends' descriptions; a cluster may have used several. */
  @Override
  public String toString() {
    return names.isEmpty() ? "nothing, since there was no row" : String.join("; ", names);
  }
}
