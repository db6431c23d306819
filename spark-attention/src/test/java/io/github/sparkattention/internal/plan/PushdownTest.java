package io.github.sparkattention.internal.plan;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.rand;
import static org.apache.spark.sql.functions.size;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.LocalSpark;
import io.github.sparkattention.Sequences;
import io.github.sparkattention.sql.Plans;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PushdownTest {
  private static final List<float[][]> SEQUENCES = Sequences.random(3, 4, 3, 0, 5, 1, 9, 2);

  private final SparkSession spark = LocalSpark.session();
  private final CausalAttention stage =
      new CausalAttention()
          .setDIn(4)
          .setDOut(4)
          .setNumHeads(2)
          .setSeed(5)
          .setBackend("threads")
          .setAttentionWeightsCol("w");
  private final Map<Long, String> expected =
      Sequences.contextOf(stage.config(), stage.weights(), SEQUENCES);

  private static Dataset<Row> rows() {
    return Sequences.floats(SEQUENCES).coalesce(1);
  }

  @Test
  void aFilterOnAnotherColumnPassesBelowAndReachesTheFiles(@TempDir Path folder) {
    String path = folder.resolve("rows").toString();
    rows().write().parquet(path);
    Dataset<Row> result = stage.transform(spark.read().parquet(path)).filter("id > 3");
    assertThat(Plans.optimized(result))
        .containsExactly("BatchAttention", "Filter", "LogicalRelation");
    assertThat(result.queryExecution().executedPlan().toString())
        .contains("PushedFilters: [IsNotNull(id), GreaterThan(id,3)]");
    assertThat(Sequences.byId(result, "context"))
        .isEqualTo(Map.of(4L, expected.get(4L), 5L, expected.get(5L)));
  }

  @Test
  void aConditionOnAResultStaysAbove() {
    Dataset<Row> result = stage.transform(rows()).filter("size(context) > 2 and id < 4");
    assertThat(Plans.optimized(result)).startsWith("Filter", "BatchAttention").contains("Filter");
    assertThat(Plans.first(result, "Filter")).contains("size(context").doesNotContain("id#");
    assertThat(Sequences.byId(result, "context"))
        .isEqualTo(Map.of(0L, expected.get(0L), 2L, expected.get(2L)));
  }

  @Test
  void aConditionThatIsNotDeterministicStaysAbove() {
    Dataset<Row> result =
        stage.transform(rows()).filter(rand(1).lt(col("id")).and(col("id").gt(1)));
    assertThat(Plans.optimized(result)).startsWith("Filter", "BatchAttention");
    assertThat(Plans.first(result, "Filter")).contains("rand(1)");
    assertThat(result.count()).isEqualTo(4);
  }

  @Test
  void aFilterPassesThroughStagesAndAJoinBelowThem() {
    CausalAttention second =
        new CausalAttention().setDIn(4).setDOut(2).setSeed(1).setInputCol("context");
    Dataset<Row> names = rows().select(col("id").as("key"), col("id").plus(10).as("name"));
    Dataset<Row> joined = rows().join(names, col("id").equalTo(col("key")));
    Dataset<Row> result =
        second.setOutputCol("second").transform(stage.transform(joined)).filter("name = 12");
    assertThat(Plans.optimized(result))
        .startsWith("BatchAttention", "BatchAttention", "Join")
        .doesNotContain("Filter");
    assertThat(Sequences.byId(result, "context")).isEqualTo(Map.of(2L, expected.get(2L)));
  }

  @Test
  void aLimitPassesBelow() {
    Dataset<Row> result = stage.transform(rows()).select("id", "context", "w").limit(2);
    assertThat(Plans.optimized(result))
        .containsSubsequence("GlobalLimit", "LocalLimit", "BatchAttention", "LocalLimit");
    assertThat(Plans.tokensComputed(result)).isEqualTo(3);
  }

  @Test
  void ofASortedLimitOnlyTheFirstRowsAreComputed() {
    Dataset<Row> result =
        stage
            .transform(rows().repartition(3))
            .select("context", "id")
            .orderBy(col("id").desc())
            .limit(2);
    assertThat(Plans.optimized(result))
        .containsSubsequence("BatchAttention", "GlobalLimit", "LocalLimit", "Sort");
    assertThat(Plans.tokensComputed(result)).isEqualTo(11);
    assertThat(result.collectAsList()).extracting(row -> row.getLong(1)).containsExactly(5L, 4L);

    Dataset<Row> byResult = stage.transform(rows()).orderBy(size(col("context")).desc()).limit(1);
    assertThat(Plans.optimized(byResult)).containsSubsequence("Sort", "BatchAttention");
    assertThat(Sequences.byId(byResult, "context")).isEqualTo(Map.of(4L, expected.get(4L)));
  }

  @Test
  void aLimitStaysAboveRowsThatMayBeDropped() {
    stage.setHandleInvalid("skip").setContextLength(2);
    Dataset<Row> result = stage.transform(rows()).select("id", "context").limit(2);
    assertThat(Plans.optimized(result)).endsWith("BatchAttention", "Repartition", "LocalRelation");
    assertThat(Sequences.byId(result, "context"))
        .isEqualTo(Map.of(1L, expected.get(1L), 3L, expected.get(3L)));
    assertThat(stage.transform(rows()).orderBy("id").limit(2).collectAsList())
        .extracting(row -> row.getLong(0))
        .containsExactly(1L, 3L);
  }

  @Test
  void resultsThatNobodyUsesAreNotComputed() {
    Dataset<Row> result = stage.transform(rows());
    assertThat(Plans.first(result.select("id", "context"), "BatchAttention"))
        .contains("-> context")
        .doesNotContain("w#");
    assertThat(Plans.first(result.select("id", "w"), "BatchAttention")).contains("w#");
    assertThat(Plans.optimized(result.select("id"))).doesNotContain("BatchAttention");
    assertThat(result.count()).isEqualTo(SEQUENCES.size());
  }

  @Test
  void rowsThatAStageDropsAreDroppedEvenIfNobodyUsesItsResults() {
    Dataset<Row> result = stage.setHandleInvalid("skip").setContextLength(2).transform(rows());
    assertThat(Plans.first(result.select("id"), "BatchAttention")).doesNotContain("w#");
    assertThat(result.count()).isEqualTo(3);
  }

  @Test
  void rowsThatAreNotComputedAreNotRefused() {
    Dataset<Row> result = stage.setContextLength(4).transform(rows());
    assertThat(Sequences.byId(result.filter("id in (0, 1, 3)"), "context")).hasSize(3);
    assertThat(result.limit(2).collectAsList()).hasSize(2);
    assertThat(result.count()).isEqualTo(SEQUENCES.size());
    assertThatThrownBy(() -> result.filter("id > 3").collectAsList())
        .rootCause()
        .hasMessageContaining("the sequence has 9 tokens, more than contextLength, which is 4");
  }

  @ParameterizedTest
  @ValueSource(strings = {"error", "skip", "keep"})
  void pushingChangesNoResult(String handleInvalid) {
    Dataset<Row> result = stage.setHandleInvalid(handleInvalid).transform(rows());
    Dataset<Row> pushed =
        result.filter("id % 2 = 0").orderBy("id").limit(2).select("id", "context");
    assertThat(Sequences.byId(pushed, "context"))
        .isEqualTo(Map.of(0L, expected.get(0L), 2L, expected.get(2L)));
  }
}
