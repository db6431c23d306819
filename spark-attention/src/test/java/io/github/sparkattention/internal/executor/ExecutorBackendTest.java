package io.github.sparkattention.internal.executor;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.LocalSpark;
import io.github.sparkattention.Sequences;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class ExecutorBackendTest {
  private static final List<float[][]> SEQUENCES =
      Sequences.random(11, 4, 3, 0, 5, 1, 9, 2, 4, 4, 4, 4);

  private final Dataset<Row> rows = Sequences.floats(SEQUENCES).repartition(6);
  private final PreparedPrograms programs = programs();

  private static PreparedPrograms programs() {
    LocalSpark.session();
    return ExecutorBackend.programs(BackendPolicy.THREADS);
  }

  private static CausalAttention stage(long seed) {
    return new CausalAttention().setDIn(4).setDOut(4).setSeed(seed).setBackend("threads");
  }

  @Test
  void weightsArePreparedOncePerJvm() {
    int before = programs.prepared();
    CausalAttention stage = stage(1001);
    assertThat(stage.transform(rows).collectAsList()).hasSize(SEQUENCES.size());
    assertThat(stage.transform(rows.filter("id > 2")).collectAsList()).hasSize(7);
    // A stage of its own, but the same layer.
    assertThat(stage(1001).transform(rows).collectAsList()).hasSize(SEQUENCES.size());
    assertThat(programs.prepared()).isEqualTo(before + 1);
    assertThat(stage.setSeed(1002).transform(rows).collectAsList()).hasSize(SEQUENCES.size());
    assertThat(programs.prepared()).isEqualTo(before + 2);
  }

  @Test
  void aLimitGivesTheLayerBack() {
    // A condition on the result keeps the limit above the stage, which then has rows left.
    Dataset<Row> result =
        stage(1003)
            .setOutputCol("c")
            .setBatchTokens(1)
            .transform(rows.coalesce(1))
            .where("size(c) > 0")
            .limit(2);
    assertThat(result.collectAsList()).hasSize(2);
    assertThat(programs.users()).isZero();
  }

  @Test
  void aFailedTaskGivesTheLayerBack() {
    Dataset<Row> failing =
        stage(1004).transform(rows).withColumn("fails", expr("raise_error('later')"));
    assertThatThrownBy(failing::collectAsList).hasMessageContaining("later");
    // The action fails with its first task; those beside it are being killed.
    await().untilAsserted(() -> assertThat(programs.users()).isZero());
  }

  @Test
  void emptyPartitionsNeedNoLayer() {
    int before = programs.prepared();
    assertThat(stage(1005).transform(rows.filter(col("id").lt(0))).collectAsList()).isEmpty();
    assertThat(programs.prepared()).isEqualTo(before);
  }

  @Test
  @Timeout(300)
  void aKilledTaskEndsBeforeItsBatchAndGivesItsLayerBack() throws Exception {
    SparkSession session = LocalSpark.session();
    long batches = ExecutorBackend.totals().batches();
    // One row that takes two cores many seconds.
    Dataset<Row> row =
        session.range(1).selectExpr("id", "array_repeat(array_repeat(0.5f, 64), 120000) as tokens");
    CausalAttention stage =
        new CausalAttention().setDIn(64).setDOut(64).setSeed(1007).setBackend("threads");
    Dataset<Row> result = stage.transform(row).selectExpr("size(context)");
    CompletableFuture<?> job =
        CompletableFuture.runAsync(
            () -> {
              session.sparkContext().setJobGroup("killed", "a row that takes long", false);
              result.collectAsList();
            },
            task -> new Thread(task).start());
    await().atMost(Duration.ofMinutes(4)).until(() -> programs.users() == 1);
    session.sparkContext().cancelJobGroup("killed");
    assertThatThrownBy(job::join).hasMessageContaining("killed");
    await().atMost(Duration.ofMinutes(4)).until(() -> programs.users() == 0);
    // A batch counts when it has been computed, and this one never was.
    assertThat(ExecutorBackend.totals().batches()).isEqualTo(batches);
  }
}
