package io.github.sparkattention.internal.plan;

import static io.github.sparkattention.sql.AttentionFunctions.causalAttention;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.size;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.LocalSpark;
import io.github.sparkattention.Sequences;
import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.sql.Plans;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.ExplainMode$;
import org.junit.jupiter.api.Test;

class EqualStagesTest {
  private static final List<float[][]> SEQUENCES = Sequences.random(3, 4, 3, 0, 5, 1, 9, 2);

  private final Dataset<Row> rows = Sequences.floats(SEQUENCES);
  private final CausalAttention one = stage("one").setOutputCol("a");
  private final CausalAttention other = stage("other").setOutputCol("b");

  private static CausalAttention stage(String uid) {
    return new CausalAttention(uid).setDIn(4).setDOut(4).setSeed(5).setBackend("threads");
  }

  private static boolean sameResult(Dataset<Row> a, Dataset<Row> b) {
    return SparkInternals.plan(a).sameResult(SparkInternals.plan(b))
        && a.queryExecution().sparkPlan().sameResult(b.queryExecution().sparkPlan());
  }

  @Test
  void equalSettingsAndWeightsAreTheSameResultWhateverTheirNames() {
    assertThat(sameResult(one.transform(rows), other.transform(rows))).isTrue();
    Dataset<Row> named = rows.toDF("id", "sequences");
    Dataset<Row> renamed = rows.toDF("key", "sequence");
    assertThat(
            sameResult(
                one.setInputCol("sequences").transform(named),
                other.setInputCol("sequence").transform(renamed)))
        .isTrue();
  }

  @Test
  void otherSettingsOrWeightsAreAnotherResult() {
    Dataset<Row> result = one.transform(rows);
    assertThat(sameResult(result, other.setSeed(6).transform(rows))).isFalse();
    assertThat(sameResult(result, stage("other").setSlidingWindow(2).transform(rows))).isFalse();
    assertThat(sameResult(result, stage("other").setHandleInvalid("keep").transform(rows)))
        .isFalse();
    assertThat(sameResult(result, stage("other").setAttentionWeightsCol("w").transform(rows)))
        .isFalse();
    assertThat(sameResult(result, stage("other").setOutputFormat("flat").transform(rows)))
        .isFalse();
  }

  @Test
  void anExchangeOfOneIsReusedForTheOther() {
    SparkSession session = LocalSpark.session().newSession();
    session.conf().set("spark.sql.adaptive.enabled", "false");
    session.conf().set("spark.sql.autoBroadcastJoinThreshold", "-1");
    Dataset<Row> here = session.createDataFrame(rows.collectAsList(), rows.schema());
    Dataset<Row> joined =
        one.transform(here)
            .groupBy("a")
            .count()
            .join(
                other.transform(here).groupBy("b").count().withColumnRenamed("count", "n"),
                col("a").equalTo(col("b")));
    assertThat(joined.queryExecution().executedPlan().toString()).contains("ReusedExchange");
    assertThat(joined.select("count", "n").collectAsList())
        .hasSize(SEQUENCES.size())
        .allMatch(row -> row.getLong(0) == 1 && row.getLong(1) == 1);
  }

  @Test
  void theCacheOfOneServesTheOther() {
    Dataset<Row> cached = one.transform(rows).cache();
    try {
      Dataset<Row> again = other.transform(rows);
      assertThat(again.queryExecution().executedPlan().toString()).contains("InMemoryTableScan");
      assertThat(Sequences.byId(again, "b")).isEqualTo(Sequences.byId(cached, "a"));
    } finally {
      cached.unpersist();
    }
  }

  @Test
  void functionsOfBothAreComputedOnce() {
    Dataset<Row> result =
        rows.select(
            col("id"),
            causalAttention(col("tokens"), one).as("a"),
            size(causalAttention(col("tokens"), other)).as("n"));
    assertThat(Plans.optimized(result)).containsOnlyOnce("BatchAttention");
    assertThat(Plans.tokensComputed(result)).isEqualTo(20);
  }

  @Test
  void explainStillShowsUidAndNames() {
    Dataset<Row> result = other.transform(one.transform(rows));
    assertThat(
            result
                .queryExecution()
                .explainString(ExplainMode$.MODULE$.fromString("formatted"))
                .replaceAll("#[0-9]+", "#"))
        .contains("Results [1]: [a#]", "Stage: one", "Results [1]: [b#]", "Stage: other");
  }
}
