package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.feature.Word2Vec;
import org.apache.spark.ml.param.Param;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every stage, and every param of theirs that names a column. */
class ColumnNamesTest {
  private static final List<float[][]> SEQUENCES = Sequences.random(9, 4, 3, 0, 1, 5);

  private final SparkSession spark = LocalSpark.session();

  private static CausalAttention attention() {
    return new CausalAttention("stage")
        .setDIn(4)
        .setDOut(6)
        .setNumHeads(2)
        .setSeed(5)
        .setDropout(0.5)
        .setTraining(true)
        .setPooling("mean")
        .setAttentionWeightsCol("weights")
        .setLogSumExpCol("sums")
        .setDropoutKeyCol("key")
        .setBackend("threads");
  }

  private static TokenEmbeddingEstimator estimator() {
    return new TokenEmbeddingEstimator("embedding")
        .setWord2Vec(new Word2Vec().setVectorSize(4).setMinCount(1).setSeed(5).setNumPartitions(1));
  }

  /** The columns id, tokens, words and key, and a struct into which a dot would lead. */
  private static Dataset<Row> rows() {
    return Sequences.floats(SEQUENCES)
        .withColumn("words", functions.expr("array('a', cast(id % 2 as string))"))
        .withColumn("key", functions.col("id"))
        .withColumn("w", functions.expr("named_struct('x', 'another')"))
        .coalesce(1);
  }

  static Stream<String> names() {
    return Stream.of("w.x", "a b", "`w`.`x`", "it's a-b*(c)", "\"größe\"", ".");
  }

  /** What a stage calls its columns by default, each with this before it. */
  private static <S extends PipelineStage> S prefixed(S stage, String prefix) {
    for (Param<?> param : stage.params()) {
      if (param.name().endsWith("Col")) {
        @SuppressWarnings("unchecked") // Each param that names a column is one of strings.
        Param<String> column = (Param<String>) param;
        stage.set(column, prefix + stage.getOrDefault(column));
      }
    }
    return stage;
  }

  private static Dataset<Row> prefixed(Dataset<Row> rows, String prefix) {
    return rows.toDF(
        Arrays.stream(rows.columns())
            .map(name -> name.equals("id") || name.equals("w") ? name : prefix + name)
            .toArray(String[]::new));
  }

  private static Dataset<Row> plain(Dataset<Row> rows, String prefix) {
    return rows.toDF(
        Arrays.stream(rows.columns())
            .map(name -> name.startsWith(prefix) ? name.substring(prefix.length()) : name)
            .toArray(String[]::new));
  }

  private static List<Row> sorted(Dataset<Row> rows) {
    return rows.sort("id").collectAsList();
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyStageTakesAnyNameInEveryParamThatNamesAColumn(String name) {
    CausalAttention attention = prefixed(attention(), name);
    assertThat(Stream.of(attention.params()).filter(param -> param.name().endsWith("Col")))
        .hasSize(6)
        .allMatch(param -> attention.getOrDefault(param).toString().startsWith(name));
    Dataset<Row> rows = prefixed(rows(), name);
    Dataset<Row> attended = attention.transform(rows);
    assertThat(attended.schema()).isEqualTo(attention.transformSchema(rows.schema()));
    assertThat(sorted(plain(attended, name))).isEqualTo(sorted(attention().transform(rows())));

    Dataset<Row> worded = rows().drop("tokens");
    TokenEmbeddingEstimator estimator = prefixed(estimator(), name);
    TokenEmbedding fitted = estimator.fit(prefixed(worded, name));
    assertThat(fitted.model().getInputCol()).isEqualTo(name + "words");
    Transformer expected = estimator().fit(worded);
    assertThat(sorted(plain(fitted.transform(prefixed(worded, name)), name)))
        .isEqualTo(sorted(expected.transform(worded)));
    assertThat(estimator.transformSchema(prefixed(worded, name).schema()).fieldNames())
        .endsWith(name + "tokens");
  }

  @ParameterizedTest
  @MethodSource("names")
  void aFunctionTakesAColumnOfAnyName(String name) {
    CausalAttention stage =
        new CausalAttention().setDIn(4).setDOut(4).setSeed(5).setBackend("threads");
    Dataset<Row> rows = prefixed(rows(), name);
    Column tokens = rows.col("`" + name.replace("`", "``") + "tokens`");
    Dataset<Row> result =
        rows.select(
            functions.col("id"),
            io.github.sparkattention.sql.AttentionFunctions.causalAttention(tokens, stage)
                .as("context"));
    assertThat(Sequences.byId(result, "context"))
        .isEqualTo(Sequences.contextOf(stage.config(), stage.weights(), SEQUENCES));
  }

  @Test
  void namesThatDifferInCaseOnlyAreTheSameUnlessTheSessionSaysOtherwise() {
    Dataset<Row> rows =
        rows().withColumnRenamed("tokens", "ToKens").withColumnRenamed("key", "KEY");
    assertThat(attention().transform(rows).columns())
        .containsExactly(
            "id", "ToKens", "words", "KEY", "w", "context", "pooled", "weights", "sums");
    assertThat(sorted(attention().transform(rows)))
        .isEqualTo(sorted(attention().transform(rows())));

    Dataset<Row> worded = rows().drop("tokens").withColumnRenamed("words", "Words");
    assertThat(sorted(estimator().fit(worded).transform(worded)))
        .isEqualTo(sorted(estimator().fit(worded).transform(rows().drop("tokens"))));
    assertThatThrownBy(() -> estimator().fit(worded.withColumnRenamed("key", "TOKENS")))
        .hasMessage(
            "embedding: Column 'TOKENS' exists already; drop it, or set outputCol to another"
                + " name.");

    spark.conf().set("spark.sql.caseSensitive", "true");
    try {
      assertThatThrownBy(() -> attention().transform(rows))
          .hasMessage(
              "stage: Column 'tokens' (inputCol) is missing; the columns are id, ToKens, words, KEY,"
                  + " w.");
      assertThatThrownBy(() -> attention().setInputCol("ToKens").transform(rows))
          .hasMessageStartingWith("stage: Column 'key' (dropoutKeyCol) is missing; ");
      assertThatThrownBy(() -> estimator().fit(worded))
          .hasMessage(
              "embedding: Column 'words' (inputCol) is missing; the columns are id, Words, key, w.");
      Dataset<Row> both = rows().withColumn("Tokens", functions.lit("another"));
      assertThat(Sequences.byId(attention().transform(both), "context"))
          .isEqualTo(Sequences.byId(attention().transform(rows()), "context"));
    } finally {
      spark.conf().unset("spark.sql.caseSensitive");
    }
  }

  @Test
  void twoColumnsThatDifferInCaseOnlyAreAmbiguous() {
    Dataset<Row> both;
    spark.conf().set("spark.sql.caseSensitive", "true");
    try {
      both = rows().withColumn("Tokens", functions.col("tokens"));
    } finally {
      spark.conf().unset("spark.sql.caseSensitive");
    }
    assertThatThrownBy(() -> attention().transform(both))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "stage: Column 'tokens' (inputCol) is ambiguous: 'tokens' and 'Tokens' differ in case"
                + " only, and spark.sql.caseSensitive is false.");
    Map<Long, String> keyed = Sequences.byId(attention().transform(rows()), "context");
    assertThat(keyed).hasSize(SEQUENCES.size());
  }
}
