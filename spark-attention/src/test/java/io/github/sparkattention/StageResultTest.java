package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StageResultTest {
  private static final List<float[][]> SEQUENCES =
      Sequences.random(1, 6, 0, 1, 2, 7, 1, 48, 49, 0, 13, 97);

  private static CausalAttention causal() {
    return new CausalAttention().setDIn(6).setDOut(8).setSeed(123).setBackend("threads");
  }

  private static void assertMatchesLayer(AttentionStage<?> stage, Dataset<Row> rows) {
    assertThat(Sequences.byId(stage.transform(rows), "context"))
        .hasSize(SEQUENCES.size())
        .isEqualTo(Sequences.contextOf(stage.config(), stage.weights(), SEQUENCES));
  }

  @Test
  void eachRowIsWhatTheLayerGivesForItAlone() {
    assertMatchesLayer(causal(), Sequences.floats(SEQUENCES));
  }

  @Test
  void doublesAreNarrowed() {
    assertMatchesLayer(causal(), Sequences.doubles(SEQUENCES));
  }

  @Test
  void selfAttentionSeesLaterTokens() {
    SelfAttention stage =
        new SelfAttention().setDIn(6).setDOut(8).setSeed(123).setBackend("threads");
    assertMatchesLayer(stage, Sequences.floats(SEQUENCES));
    assertThat(stage.config().causal()).isFalse();
    assertThat(Sequences.byId(stage.transform(Sequences.floats(SEQUENCES)), "context"))
        .isNotEqualTo(Sequences.byId(causal().transform(Sequences.floats(SEQUENCES)), "context"));
  }

  @Test
  void everySettingReachesTheLayer() {
    CausalAttention stage =
        causal()
            .setNumHeads(4)
            .setNumKvHeads(2)
            .setQkvBias(true)
            .setOutProjection(true)
            .setSlidingWindow(5)
            .setSoftcap(3)
            .setScale(0.25)
            .setContextLength(97);
    assertThat(stage.config().toString())
        .isEqualTo(
            "AttentionConfig[dIn=6, headDim=2, numHeads=4, numKvHeads=2, contextLength=97,"
                + " causal=true, qkvBias=true, outProjection=true, scale=0.25, slidingWindow=5,"
                + " softcap=3.0, dropout=0.0]");
    assertMatchesLayer(stage, Sequences.floats(SEQUENCES));
  }

  @Test
  void attentionWeightsAreHeadsByTokensByTokens() {
    CausalAttention stage = causal().setNumHeads(2).setAttentionWeightsCol("weights");
    Dataset<Row> result = stage.transform(Sequences.floats(SEQUENCES));
    assertThat(result.columns()).containsExactly("id", "tokens", "context", "weights");
    assertThat(Sequences.byId(result, "weights"))
        .isEqualTo(Sequences.weightsOf(stage.config(), stage.weights(), SEQUENCES));
    assertThat(Sequences.byId(result, "context"))
        .isEqualTo(Sequences.contextOf(stage.config(), stage.weights(), SEQUENCES));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 50, 100, 8192})
  void batchesOfAnySizeGiveTheSameBits(int batchTokens) {
    CausalAttention stage = causal().setNumHeads(2).setBatchTokens(batchTokens);
    assertMatchesLayer(stage, Sequences.floats(SEQUENCES).coalesce(1));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 17})
  void anyPartitioningGivesTheSameBits(int partitions) {
    assertMatchesLayer(causal(), Sequences.floats(SEQUENCES).repartition(partitions));
  }

  @Test
  void rowsKeepTheirOrderAndOtherColumns() {
    Dataset<Row> rows =
        Sequences.floats(SEQUENCES)
            .withColumn("name", functions.concat(functions.lit("row "), functions.col("id")))
            .withColumn("half", functions.expr("if(id % 2 = 0, null, id / 2)"))
            .coalesce(1)
            .orderBy(functions.col("id").desc());
    Dataset<Row> result = causal().setBatchTokens(20).transform(rows);
    assertThat(result.drop("context").collectAsList()).isEqualTo(rows.collectAsList());
  }

  @Test
  void equalRowsStayApart() {
    Dataset<Row> rows = Sequences.floats(SEQUENCES).drop("id");
    Dataset<Row> result = causal().transform(rows.union(rows));
    assertThat(result.count()).isEqualTo(2L * SEQUENCES.size());
    assertThat(result.distinct().count()).isEqualTo(rows.distinct().count());
  }

  @Test
  void anEmptyDatasetGivesAnEmptyOne() {
    Dataset<Row> result = causal().transform(Sequences.floats(List.of()));
    assertThat(result.columns()).containsExactly("id", "tokens", "context");
    assertThat(result.collectAsList()).isEmpty();
  }

  @Test
  void changingLaterTokensLeavesEarlierOnesAlone() {
    List<float[][]> sequences = Sequences.random(2, 6, 10, 10);
    System.arraycopy(sequences.get(0), 0, sequences.get(1), 0, 6);
    Map<Long, String> contexts =
        Sequences.byId(
            causal()
                .transform(Sequences.floats(sequences))
                .withColumn("context", functions.slice(functions.col("context"), 1, 6)),
            "context");
    assertThat(contexts.get(0L)).isEqualTo(contexts.get(1L));
  }
}
