package io.github.sparkattention.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.it.LocalSpark;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The jar as a user submits it, on a cluster. */
@Timeout(600)
class StandaloneClusterTest {
  private static final String[] COLUMNS = {"id", "name", "cast(context as string)"};

  @TempDir private Path folder;

  private String uri(String name) {
    return folder.resolve(name).toUri().toString();
  }

  private static List<String> lines(Dataset<Row> rows) {
    return rows.orderBy("id").selectExpr(COLUMNS).collectAsList().stream()
        .map(Row::toString)
        .toList();
  }

  @Test
  void theSubmittedJarGivesTheBitsOfALocalRunAndNothingIsLeftRunning() throws Exception {
    Dataset<Row> rows = LocalSpark.rows(8, IntStream.range(0, 200).map(i -> i % 23).toArray());
    rows.repartition(6).write().parquet(uri("rows"));
    List<ProcessHandle> executors;
    StandaloneCluster cluster =
        StandaloneCluster.start(SparkHome.ofTests(), folder, Map.of(), Map.of());
    try (cluster;
        SparkProcess attend =
            SparkHome.ofTests()
                .submit(
                    "--master",
                    cluster.url(),
                    "--class",
                    "io.github.sparkattention.job.SparkAttention",
                    "--conf",
                    "spark.executor.memory=512m",
                    SparkHome.shadedJar().toString(),
                    "attend",
                    "--input",
                    uri("rows"),
                    "--output",
                    uri("context"),
                    "--seed",
                    "123",
                    "--d-in",
                    "8",
                    "--d-out",
                    "8",
                    "--num-heads",
                    "2")) {
      attend.awaitLine("^backend +auto, on Spark " + cluster.url());
      executors = cluster.executors();
      assertThat(attend.awaitExit()).describedAs("%s", attend).isZero();
      // Executors are started with the module that SIMD needs, though nobody has asked for it.
      attend.awaitLine("^computed on +Java threads .*SIMD");
      attend.awaitLine("^rows +200$");
    }
    CausalAttention stage = new CausalAttention().setDIn(8).setDOut(8).setNumHeads(2).setSeed(123);
    assertThat(lines(LocalSpark.session().read().parquet(uri("context"))))
        .hasSize(200)
        .isEqualTo(lines(stage.transform(rows)));
    assertThat(executors).isNotEmpty().noneMatch(ProcessHandle::isAlive);
    assertThat(ProcessHandle.current().descendants()).isEmpty();
  }
}
