package io.github.sparkattention.sql;

import static io.github.sparkattention.sql.AttentionFunctions.attentionWeights;
import static io.github.sparkattention.sql.AttentionFunctions.causalAttention;
import static io.github.sparkattention.sql.AttentionFunctions.selfAttention;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.size;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.LocalSpark;
import io.github.sparkattention.SelfAttention;
import io.github.sparkattention.Sequences;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

class AttentionFunctionsTest {
  private static final List<float[][]> SEQUENCES = Sequences.random(3, 4, 3, 0, 5, 1, 9, 2);

  private final CausalAttention stage =
      new CausalAttention().setDIn(4).setDOut(4).setNumHeads(2).setSeed(5).setBackend("threads");
  private final Map<Long, String> expected =
      Sequences.contextOf(stage.config(), stage.weights(), SEQUENCES);

  @Test
  void aColumnWorksInASessionThatKnowsNothingOfIt() {
    SparkSession fresh = LocalSpark.session().newSession();
    Dataset<Row> rows = Sequences.floats(SEQUENCES);
    Dataset<Row> here = fresh.createDataFrame(rows.collectAsList(), rows.schema());
    Column context = causalAttention(col("tokens"), stage);
    Dataset<Row> result = here.withColumn("context", context).filter(size(context).gt(4));
    assertThat(Sequences.byId(result, "context"))
        .isEqualTo(Map.of(2L, expected.get(2L), 4L, expected.get(4L)));
    assertThat(Plans.tokensComputed(result)).isEqualTo(20);
  }

  @Test
  void oneSelectComputesEachSequenceOnce() {
    Dataset<Row> result =
        Sequences.floats(SEQUENCES)
            .select(
                col("id"),
                causalAttention(col("tokens"), stage).as("context"),
                attentionWeights(col("tokens"), stage).as("w"),
                size(causalAttention(col("tokens"), stage)).as("n"));
    assertThat(Plans.optimized(result))
        .containsExactly("Project", "BatchAttention", "LocalRelation");
    assertThat(Sequences.byId(result, "context")).isEqualTo(expected);
    assertThat(Sequences.byId(result, "w"))
        .isEqualTo(
            Sequences.byId(
                stage.setAttentionWeightsCol("w").transform(Sequences.floats(SEQUENCES)), "w"));
  }

  @Test
  void aColumnMayStandWhereNamesRepeat() {
    Dataset<Row> rows = Sequences.floats(SEQUENCES);
    Dataset<Row> joined =
        rows.as("t").join(rows.as("u"), col("t.id").equalTo(col("u.id").minus(1)));
    Dataset<Row> result =
        joined.select(
            col("t.id"),
            col("u.id"),
            causalAttention(col("t.tokens"), stage).as("mine"),
            causalAttention(col("u.tokens"), stage).as("next"));
    assertThat(result.toDF("id", "next_id", "mine", "next").select("id", "next").count())
        .isEqualTo(SEQUENCES.size() - 1);
    for (Row row : result.collectAsList()) {
      assertThat(Sequences.text(row.get(2))).isEqualTo(expected.get(row.getLong(0)));
      assertThat(Sequences.text(row.get(3))).isEqualTo(expected.get(row.getLong(1)));
    }
  }

  @Test
  void aSelfJoinKeepsBothSidesRight() {
    Dataset<Row> result =
        Sequences.floats(SEQUENCES)
            .select(col("id"), causalAttention(col("tokens"), stage).as("context"));
    Dataset<Row> joined =
        result.as("a").join(result.as("b"), col("a.context").equalTo(col("b.context")));
    assertThat(Sequences.byId(joined.select("a.id", "b.context"), "context")).isEqualTo(expected);
  }

  @Test
  void aStageOfTheOtherKindIsRefused() {
    assertThatThrownBy(() -> selfAttention(col("tokens"), stage))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            stage.uid()
                + ": the stage is causal, and self_attention is not for such stages; call"
                + " causal_attention.");
    SelfAttention self = new SelfAttention().setDIn(4).setDOut(4).setSeed(5).setBackend("threads");
    assertThatThrownBy(() -> causalAttention(col("tokens"), self))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("call self_attention");
    Dataset<Row> rows = Sequences.floats(SEQUENCES);
    assertThat(
            Sequences.byId(
                rows.withColumn("context", selfAttention(col("tokens"), self)), "context"))
        .isEqualTo(Sequences.byId(self.transform(rows), "context"));
  }

  @Test
  void aStageWithoutWeightsIsRefused() {
    assertThatThrownBy(() -> causalAttention(col("tokens"), new CausalAttention("bare")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("bare: the stage has no weights");
  }
}
