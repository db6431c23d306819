package io.github.sparkattention.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.it.LocalSpark;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.network.util.JavaUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A cluster that Spark starts for one session, an executor of which is killed. */
@Timeout(1800)
class LocalClusterTest {
  @TempDir private Path folder;

  @Test
  void anExecutorKilledInMidBatchCostsNoRowAndNothingIsLeftRunning() throws Exception {
    String uri = folder.resolve("rows").toUri().toString();
    ClusterJob.writeRows(LocalSpark.session(), uri);
    Map<Long, String> expected =
        ClusterJob.digests(ClusterJob.attend(LocalSpark.session().read().parquet(uri), "threads"));
    LocalSpark.stop();

    SparkHome home = SparkHome.ofTests();
    String jars =
        SparkHome.shadedJar().toUri() + "," + TestClasses.writeJar(folder.resolve("t.jar")).toUri();
    List<ProcessHandle> executors;
    try (Gate gate = new Gate();
        SparkSession session =
            QuickStart.executors(SparkSession.builder().master("local-cluster[2,1,1024]"))
                .config("spark.jars", jars)
                .config("spark.sql.files.maxPartitionBytes", 65536)
                .getOrCreate()) {
      Dataset<Row> rows = session.read().parquet(uri).where(gate.at(777L));
      CompletableFuture<Map<Long, String>> result =
          CompletableFuture.supplyAsync(
              () -> ClusterJob.digests(ClusterJob.attend(rows, "threads")));
      gate.await().killExecutor();
      assertThat(result.join()).isEqualTo(expected);
      executors = ProcessHandle.current().descendants().toList();
    }
    assertThat(executors).isNotEmpty();
    for (ProcessHandle executor : executors) {
      executor.onExit().join();
    }
    assertThat(ProcessHandle.current().descendants()).isEmpty();
    JavaUtils.deleteRecursively(home.folder().resolve("work").toFile());
  }
}
