package io.github.sparkattention.internal.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.LocalSpark;
import io.github.sparkattention.Sequences;
import java.math.BigInteger;
import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizeEstimateTest {
  private static final int D_IN = 64;

  private final SparkSession spark = LocalSpark.session();

  private static CausalAttention stage(int dOut) {
    return new CausalAttention().setDIn(D_IN).setDOut(dOut).setSeed(5).setBackend("threads");
  }

  private static long size(LogicalPlan plan) {
    return plan.stats().sizeInBytes().bigInteger().longValueExact();
  }

  private static LogicalPlan attention(Dataset<Row> result) {
    LogicalPlan[] found = new LogicalPlan[1];
    result
        .queryExecution()
        .optimizedPlan()
        .foreach(
            node -> {
              found[0] = node instanceof BatchAttention ? node : found[0];
              return null;
            });
    return found[0];
  }

  /** Tokens of random values, which no file format makes smaller. */
  private Dataset<Row> files(Path folder) {
    String path = folder.resolve("rows").toString();
    Sequences.floats(Sequences.random(1, D_IN, 40, 60, 80, 100, 20)).write().parquet(path);
    return spark.read().parquet(path);
  }

  @ParameterizedTest
  @CsvSource({"16", "64", "640"})
  void contextVectorsAreEstimatedByTheInputsShareAndTheirWidth(int dOut, @TempDir Path folder) {
    Dataset<Row> rows = files(folder);
    LogicalPlan node = attention(stage(dOut).transform(rows));
    long input = size(node.children().head());
    // Besides its values, a row of results has bytes of its own.
    double results = (double) input * dOut / D_IN;
    assertThat(size(node))
        .isBetween((long) (input + 0.9 * results), (long) (input + 1.9 * results));
  }

  @Test
  void anInputBesideLargerColumnsHasItsShareOnly(@TempDir Path folder) {
    Dataset<Row> rows =
        files(folder).selectExpr("*", "array('a') as words", "cast(id as string) as text");
    LogicalPlan alone = attention(stage(D_IN).transform(rows.select("tokens")));
    LogicalPlan beside = attention(stage(D_IN).transform(rows));
    double share =
        (double) (size(beside) - size(beside.children().head())) / size(beside.children().head());
    double whole =
        (double) (size(alone) - size(alone.children().head())) / size(alone.children().head());
    assertThat(share).isLessThan(whole).isGreaterThan(whole * 0.8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void resultsThatAreLargeAreNotBroadcast(String costBased, @TempDir Path folder) {
    spark.conf().set("spark.sql.cbo.enabled", costBased);
    spark.conf().set("spark.sql.adaptive.enabled", "false");
    spark.conf().set("spark.sql.autoBroadcastJoinThreshold", "200000");
    try {
      Dataset<Row> rows = files(folder);
      Dataset<Row> small = stage(D_IN).transform(rows);
      Dataset<Row> large = stage(10 * D_IN).transform(rows);
      Dataset<Row> weighted = stage(D_IN).setAttentionWeightsCol("weights").transform(rows);
      Dataset<Row> other = spark.range(1L << 40).toDF("id");
      assertThat(join(other, small)).contains("BroadcastHashJoin");
      assertThat(join(other, large)).contains("SortMergeJoin").doesNotContain("Broadcast");
      assertThat(join(other, weighted)).contains("SortMergeJoin").doesNotContain("Broadcast");
      // Nobody reads the weights, so they are not computed.
      assertThat(join(other, weighted.drop("weights"))).contains("BroadcastHashJoin");
    } finally {
      spark.conf().unset("spark.sql.cbo.enabled");
      spark.conf().unset("spark.sql.adaptive.enabled");
      spark.conf().unset("spark.sql.autoBroadcastJoinThreshold");
    }
  }

  private static String join(Dataset<Row> left, Dataset<Row> right) {
    return left.join(right, "id").queryExecution().executedPlan().toString();
  }

  @Test
  void attentionWeightsAreAboveAnyThreshold() {
    Dataset<Row> rows = Sequences.floats(Sequences.random(1, D_IN, 3));
    LogicalPlan node = attention(stage(4).setAttentionWeightsCol("weights").transform(rows));
    assertThat(node.stats().sizeInBytes().bigInteger())
        .isGreaterThan(BigInteger.valueOf(Long.MAX_VALUE));
    assertThat(node.stats().rowCount().isEmpty()).isTrue();
  }
}
