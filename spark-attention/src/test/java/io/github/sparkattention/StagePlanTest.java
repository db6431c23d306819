package io.github.sparkattention;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.udf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import net.bytebuddy.ByteBuddy;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StagePlanTest {
  private static final List<float[][]> SEQUENCES = Sequences.random(3, 4, 3, 0, 5, 1, 9, 2);

  private static final AtomicInteger CALLS = new AtomicInteger();

  private final SparkSession spark = LocalSpark.session();
  private final CausalAttention stage =
      new CausalAttention().setDIn(4).setDOut(4).setNumHeads(2).setSeed(5).setBackend("threads");
  private final Map<Long, String> expected =
      Sequences.contextOf(stage.config(), stage.weights(), SEQUENCES);

  @Test
  void transformRunsNothing() {
    CALLS.set(0);
    UDF1<Long, Long> count =
        id -> {
          CALLS.incrementAndGet();
          return id;
        };
    Dataset<Row> rows =
        Sequences.floats(SEQUENCES)
            .repartition(2)
            .withColumn(
                "counted", udf(count, DataTypes.LongType).asNondeterministic().apply(col("id")));
    Dataset<Row> result = stage.transform(rows);
    assertThat(CALLS).hasValue(0);
    result.collectAsList();
    assertThat(CALLS).hasValue(SEQUENCES.size());
  }

  @Test
  void onlyNeededColumnsAreRead(@TempDir Path folder) {
    String path = folder.resolve("rows").toString();
    Sequences.floats(SEQUENCES)
        .withColumn("unused", col("id").cast("string"))
        .withColumn("kept", col("id").plus(1))
        .write()
        .parquet(path);
    Dataset<Row> result =
        stage.transform(spark.read().parquet(path)).drop("tokens").select("id", "context", "kept");
    assertThat(plan(result))
        .contains("ReadSchema: struct<id:bigint,tokens:array<array<float>>,kept:bigint>");
    assertThat(Sequences.byId(result, "context")).isEqualTo(expected);
  }

  @Test
  void theNodeIsReadableAsOneLine() {
    assertThat(plan(stage.transform(Sequences.floats(SEQUENCES))).replaceAll("#[0-9]+", "#"))
        .startsWith(
            "BatchAttention tokens# -> context# [causal, 2 heads x 2, 8192 tokens a batch]");
    SelfAttention other =
        new SelfAttention()
            .setSeed(1)
            .setDIn(4)
            .setDOut(4)
            .setDropout(0.5)
            .setTraining(true)
            .setBatchTokens(10)
            .setAttentionWeightsCol("w");
    assertThat(plan(other.transform(Sequences.floats(SEQUENCES))).replaceAll("#[0-9]+", "#"))
        .startsWith(
            "BatchAttention tokens# -> context#, w# [not causal, 1 head x 4, 10 tokens a batch,"
                + " training]");
  }

  private static String plan(Dataset<Row> dataset) {
    return dataset.queryExecution().executedPlan().toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void adaptiveExecutionOrNotGivesTheSame(String adaptive) {
    String before = spark.conf().get("spark.sql.adaptive.enabled");
    spark.conf().set("spark.sql.adaptive.enabled", adaptive);
    try {
      Dataset<Row> shuffled = Sequences.floats(SEQUENCES).repartition(4, col("id"));
      Dataset<Row> counted =
          stage.transform(shuffled).join(shuffled.groupBy("id").count(), "id").filter("count = 1");
      assertThat(Sequences.byId(counted, "context")).isEqualTo(expected);
    } finally {
      spark.conf().set("spark.sql.adaptive.enabled", before);
    }
  }

  @Test
  void aSelfJoinKeepsBothSidesRight() {
    Dataset<Row> result = stage.transform(Sequences.floats(SEQUENCES));
    Dataset<Row> joined =
        result
            .as("a")
            .join(result.as("b"), col("a.id").plus(1).equalTo(col("b.id")))
            .select(col("a.id"), col("a.context").as("mine"), col("b.context").as("next"));
    Map<Long, String> next = new HashMap<>();
    for (long id = 0; id + 1 < SEQUENCES.size(); id++) {
      next.put(id, expected.get(id + 1));
    }
    assertThat(Sequences.byId(joined, "next")).isEqualTo(next);
    assertThat(Sequences.byId(joined, "mine")).hasSize(SEQUENCES.size() - 1);
  }

  @Test
  void aUnionOfTwoResultsHasTheRowsOfBoth() {
    Dataset<Row> result = stage.transform(Sequences.floats(SEQUENCES));
    Dataset<Row> union =
        result.union(result.withColumn("id", col("id").plus(100))).select("id", "context");
    Map<Long, String> contexts = Sequences.byId(union, "context");
    assertThat(contexts).hasSize(2 * SEQUENCES.size()).containsAllEntriesOf(expected);
    assertThat(contexts.get(104L)).isEqualTo(expected.get(4L));
  }

  @Test
  void aViewCanBeQueried() {
    stage.transform(Sequences.floats(SEQUENCES)).createOrReplaceTempView("attended");
    assertThat(Sequences.byId(spark.sql("select id, context from attended"), "context"))
        .isEqualTo(expected);
    assertThat(spark.sql("select sum(size(context)) from attended").first().getLong(0))
        .isEqualTo(20);
  }

  @Test
  void anEqualPlanIsTakenFromTheCache() {
    Dataset<Row> rows = Sequences.floats(SEQUENCES);
    Dataset<Row> cached = stage.transform(rows).cache();
    try {
      assertThat(Sequences.byId(cached, "context")).isEqualTo(expected);
      Dataset<Row> again = stage.transform(rows);
      assertThat(plan(again)).contains("InMemoryTableScan");
      assertThat(Sequences.byId(again, "context")).isEqualTo(expected);
      Dataset<Row> other =
          stage.copy(new org.apache.spark.ml.param.ParamMap()).setSeed(6).transform(rows);
      assertThat(plan(other)).doesNotContain("InMemoryTableScan");
    } finally {
      cached.unpersist();
    }
  }

  @Test
  void anotherStageCanFollow() {
    CausalAttention second =
        new CausalAttention()
            .setDIn(4)
            .setDOut(6)
            .setSeed(7)
            .setBackend("threads")
            .setInputCol("context")
            .setOutputCol("context2");
    Dataset<Row> result = second.transform(stage.transform(Sequences.floats(SEQUENCES)));
    assertThat(result.columns()).containsExactly("id", "tokens", "context", "context2");
    assertThat(Sequences.byId(result, "context")).isEqualTo(expected);

    List<float[][]> contexts =
        stage.transform(Sequences.floats(SEQUENCES)).orderBy("id").collectAsList().stream()
            .map(row -> Sequences.floats(row, 2))
            .toList();
    assertThat(Sequences.byId(result, "context2"))
        .isEqualTo(Sequences.contextOf(second.config(), second.weights(), contexts));
  }

  @Test
  void theInputColumnCanBeDroppedAndReplaced() {
    Dataset<Row> result =
        stage
            .transform(Sequences.floats(SEQUENCES))
            .drop("tokens")
            .withColumnRenamed("context", "tokens");
    assertThat(Sequences.byId(result, "tokens")).isEqualTo(expected);
    assertThat(Sequences.byId(stage.transform(result), "context")).hasSize(SEQUENCES.size());
  }

  @Test
  void anAggregateMayFollow() {
    Dataset<Row> result = stage.transform(Sequences.floats(SEQUENCES));
    assertThat(result.select("context").distinct().count()).isEqualTo(SEQUENCES.size());
    assertThat(result.groupBy("context").count().count()).isEqualTo(SEQUENCES.size());
    assertThat(result.orderBy(col("context")).count()).isEqualTo(SEQUENCES.size());
  }

  @Test
  void columnNamesMayHoldDots() {
    Dataset<Row> rows = Sequences.floats(SEQUENCES).withColumnRenamed("tokens", "my.tokens");
    Dataset<Row> result = stage.setInputCol("my.tokens").setOutputCol("a.b").transform(rows);
    assertThat(Sequences.byId(result.withColumnRenamed("a.b", "context"), "context"))
        .isEqualTo(expected);
  }

  @Test
  void anEqualExchangeIsReused() {
    String before = spark.conf().get("spark.sql.adaptive.enabled");
    spark.conf().set("spark.sql.adaptive.enabled", "false");
    try {
      Dataset<Row> rows = Sequences.floats(SEQUENCES);
      Dataset<Row> joined =
          stage
              .transform(rows)
              .as("a")
              .join(stage.transform(rows).as("b").hint("merge"), col("a.id").equalTo(col("b.id")))
              .select(col("a.id"), col("a.context").as("mine"), col("b.context"));
      assertThat(plan(joined)).containsOnlyOnce("BatchAttention").contains("ReusedExchange");
      assertThat(Sequences.byId(joined, "context")).isEqualTo(expected);
    } finally {
      spark.conf().set("spark.sql.adaptive.enabled", before);
    }
  }

  /** In 3.5 a client's datasets have the class of the driver's, so that they can't meet. */
  @Test
  @Tag("spark4")
  void aDatasetOfSparkConnectIsRefused() throws Exception {
    Dataset<?> remote =
        new ByteBuddy()
            .subclass(Dataset.class)
            .name("org.apache.spark.sql.connect.StandIn")
            .make()
            .load(Dataset.class.getClassLoader())
            .getLoaded()
            .getDeclaredConstructor()
            .newInstance();
    assertThatThrownBy(() -> stage.transform(remote))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "A stage's own methods need the driver's session, but were given a"
                + " org.apache.spark.sql.connect.StandIn of Spark Connect. Run the program on the"
                + " driver, or use what a server with this jar offers its clients: functions in SQL,"
                + " and stages by Spark Connect's messages for ML.");
  }
}
