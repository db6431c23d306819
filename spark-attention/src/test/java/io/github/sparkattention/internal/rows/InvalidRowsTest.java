package io.github.sparkattention.internal.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.LocalSpark;
import io.github.sparkattention.Sequences;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Linear;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class InvalidRowsTest {
  private static final String HINT =
      ". Set handleInvalid to 'skip' to drop such rows, or to 'keep' for null results.";

  private final CausalAttention stage =
      new CausalAttention("stage")
          .setDIn(2)
          .setDOut(2)
          .setSeed(5)
          .setContextLength(4)
          .setBackend("threads");

  static Stream<Arguments> faults() {
    return Stream.of(
        fault("null sequence", null, "the sequence is null"),
        fault("null token", tokens(token(1, 2), null), "token 1 is null"),
        fault("null value", tokens(token(1, 2), token(1, null)), "token 1 is null at dimension 1"),
        fault("narrow", tokens(token(1, 2), token(1)), "token 1 has 1 values, but dIn is 2"),
        fault("wide", tokens(token(1, 2, 3)), "token 0 has 3 values, but dIn is 2"),
        fault("no width", tokens(token()), "token 0 has 0 values, but dIn is 2"),
        fault(
            "NaN",
            tokens(token(1, 2), token(Float.NaN, 1)),
            "token 1 is NaN at dimension 0, which is not finite as a float"),
        fault(
            "infinity",
            tokens(token(1, Float.NEGATIVE_INFINITY)),
            "token 0 is -Infinity at dimension 1, which is not finite as a float"),
        fault(
            "long",
            Collections.nCopies(5, token(1, 2)),
            "the sequence has 5 tokens, more than contextLength, which is 4"));
  }

  private static Arguments fault(String name, List<List<Float>> tokens, String message) {
    return Arguments.of(Named.of(name, tokens), message);
  }

  private static List<Float> token(Number... values) {
    List<Float> token = new ArrayList<>();
    for (Number value : values) {
      token.add(value == null ? null : value.floatValue());
    }
    return token;
  }

  @SafeVarargs
  private static List<List<Float>> tokens(List<Float>... tokens) {
    List<List<Float>> sequence = new ArrayList<>();
    for (List<Float> token : tokens) {
      sequence.add(token);
    }
    return sequence;
  }

  /** Good rows with ids 0, 1, 3 and 4 around the bad one, all in one partition. */
  private static Dataset<Row> rows(Object bad, DataType type) {
    List<Row> rows = new ArrayList<>();
    for (long id = 0; id < 5; id++) {
      Object good =
          type == DataTypes.DoubleType ? List.of(List.of(0.5, 2.0)) : tokens(token(0.5, id));
      rows.add(RowFactory.create(id, id == 2 ? bad : good));
    }
    return LocalSpark.session().createDataFrame(rows, Sequences.schema(type)).coalesce(1);
  }

  private static Dataset<Row> rows(Object bad) {
    return rows(bad, DataTypes.FloatType);
  }

  private static void assertFails(Dataset<Row> result, String message) {
    assertFails(result, message, 2);
  }

  private static void assertFails(Dataset<Row> result, String message, int row) {
    assertThatThrownBy(result::collectAsList)
        .rootCause()
        .isExactlyInstanceOf(RuntimeException.class)
        .hasMessage("stage: column 'tokens', partition 0, row " + row + ": " + message + HINT);
  }

  private Map<Long, String> goodOnes() {
    return Sequences.byId(stage.transform(rows(tokens(token(0, 0))).filter("id <> 2")), "context");
  }

  @ParameterizedTest
  @MethodSource("faults")
  void errorFailsTheTask(List<List<Float>> bad, String message) {
    assertFails(stage.transform(rows(bad)), message);
  }

  @ParameterizedTest
  @MethodSource("faults")
  void skipDropsTheRowAlone(List<List<Float>> bad, String message) {
    assertThat(message).isNotEmpty();
    stage.setHandleInvalid("skip");
    assertThat(Sequences.byId(stage.transform(rows(bad)), "context"))
        .containsOnlyKeys(0L, 1L, 3L, 4L)
        .isEqualTo(goodOnes());
  }

  @ParameterizedTest
  @MethodSource("faults")
  void keepGivesNullForTheRowAlone(List<List<Float>> bad, String message) {
    assertThat(message).isNotEmpty();
    Map<Long, String> expected = new TreeMap<>(goodOnes());
    expected.put(2L, "null");
    stage.setHandleInvalid("keep").setAttentionWeightsCol("w");
    Dataset<Row> result = stage.transform(rows(bad));
    assertThat(Sequences.byId(result, "context")).isEqualTo(expected);
    assertThat(Sequences.byId(result, "w").get(2L)).isEqualTo("null");
    assertThat(result.filter("w is null and context is null").count()).isEqualTo(1);
  }

  @Test
  void aDoubleBeyondTheRangeOfFloats() {
    assertFails(
        stage.transform(rows(List.of(List.of(1.0, 1e300)), DataTypes.DoubleType)),
        "token 0 is 1.0E300 at dimension 1, which is not finite as a float");
    assertFails(
        stage.transform(rows(List.of(List.of(Double.NaN, 1.0)), DataTypes.DoubleType)),
        "token 0 is NaN at dimension 0, which is not finite as a float");
  }

  @Test
  void resultsBeyondTheRangeOfFloats() {
    List<List<Float>> large = tokens(token(0, 0), token(Float.MAX_VALUE, Float.MAX_VALUE));
    stage.setWeights(new AttentionWeights(constant(1e-30f), constant(1e-30f), constant(3f), null));
    assertThatThrownBy(() -> stage.transform(rows(large)).collectAsList())
        .rootCause()
        .isExactlyInstanceOf(RuntimeException.class)
        .hasMessageMatching(
            "stage: column 'tokens', partition 0, row 2: the context vector of token . is"
                + " (NaN|Infinity) at dimension 0, since values or weights are too large for float"
                + " arithmetic.*");
    stage.setHandleInvalid("skip");
    assertThat(Sequences.byId(stage.transform(rows(large)), "context"))
        .containsOnlyKeys(0L, 1L, 3L, 4L)
        .isEqualTo(goodOnes());
    stage.setHandleInvalid("keep");
    assertThat(Sequences.byId(stage.transform(rows(large)), "context")).containsEntry(2L, "null");
  }

  @Test
  void scoresBeyondTheRangeOfFloatsAreNamedAsTheCause() {
    List<List<Float>> large = tokens(token(0, 0), token(1e10f, 1e10f));
    stage.setWeights(
        new AttentionWeights(constant(1e10f), constant(1e10f), constant(1e-10f), null));
    String where = "stage: column 'tokens', partition 0, row 2: ";
    String range = " are too large for float arithmetic, which holds scores of up to ";
    assertThatThrownBy(() -> stage.transform(rows(large)).collectAsList())
        .rootCause()
        .isExactlyInstanceOf(RuntimeException.class)
        .hasMessage(
            where
                + "the context vector of token 1 is NaN at dimension 0, since its scores in head 0"
                + range
                + "2.36e+38 in magnitude"
                + HINT);
    // A soft cap takes them, whatever their size.
    assertThat(Sequences.byId(stage.setSoftcap(1).transform(rows(large)), "context"))
        .hasEntrySatisfying(2L, text -> assertThat(text).startsWith("[[0.0, 0.0], [1.462117"));
  }

  private static Linear constant(float value) {
    return new Linear(new float[] {value, value, value, value}, null, 2, 2);
  }

  @Test
  void attentionWeightsThatNoRowHolds() {
    List<List<Float>> many = Collections.nCopies(23171, token(1, 2));
    stage.setContextLength(0).setAttentionWeightsCol("w").setMaxAttentionWeightsLength(23171);
    assertFails(
        stage.transform(rows(many)),
        "the sequence has 23171 tokens, and the 1 x 23171 x 23171 attention weights of column 'w'"
            + " (attentionWeightsCol) are more than a row holds, which is 536870908");
    stage.setHandleInvalid("skip");
    assertThat(Sequences.byId(stage.transform(rows(many)), "w")).hasSize(4);
  }

  @Test
  void attentionWeightsOfASequenceLongerThanTheirLimit() {
    stage.setAttentionWeightsCol("w").setMaxAttentionWeightsLength(3);
    List<List<Float>> four = Collections.nCopies(4, token(1, 2));
    assertFails(
        stage.transform(rows(four)),
        "the sequence has 4 tokens, more than maxAttentionWeightsLength, which is 3 and bounds the"
            + " attention weights of column 'w' (attentionWeightsCol)");
    stage.setHandleInvalid("skip");
    assertThat(Sequences.byId(stage.transform(rows(four)), "context")).hasSize(4);
    stage.setHandleInvalid("error").setAttentionWeightsCol("");
    assertThat(Sequences.byId(stage.transform(rows(four)), "context")).hasSize(5);
  }

  @Test
  void resultsThatNoArrayOrRowHolds() {
    CausalAttention wide =
        new CausalAttention("stage").setDIn(1).setDOut(600_000).setSeed(1).setBackend("threads");
    assertFails(
        wide.transform(rows(Collections.nCopies(4000, token(1))).filter("id >= 2")),
        "the sequence has 4000 tokens, and 4000 x 600000 values are more than an array holds,"
            + " which is 2147483632",
        0);
    assertFails(
        wide.transform(rows(Collections.nCopies(900, token(1))).filter("id >= 2")),
        "the sequence has 900 tokens, and with 'context' (outputCol) the row would have 2227543496 bytes,"
            + " more than a row holds, which is 2147483632",
        0);
  }

  @Test
  void aMissingDropoutKey() {
    Dataset<Row> rows =
        rows(tokens(token(1, 2)))
            .withColumn("key", org.apache.spark.sql.functions.expr("if(id = 2, null, id)"));
    stage.setTraining(true).setDropout(0.5).setDropoutKeyCol("key");
    assertFails(stage.transform(rows), "the dropout key of column 'key' (dropoutKeyCol) is null");
  }

  @Test
  void theRowIsCountedThroughAllBatchesOfItsPartition() {
    assertFails(stage.setBatchTokens(1).transform(rows(null)), "the sequence is null");
  }

  @Test
  void aBadRowThatEndsItsBatchIsTreatedAsAnyOther() {
    Dataset<Row> rows = rows(tokens(token(1, 2, 3)));
    // Rows of one token each: the third is the bad one.
    stage.setBatchTokens(3);
    assertFails(stage.transform(rows), "token 0 has 3 values, but dIn is 2");
    stage.setHandleInvalid("skip");
    assertThat(Sequences.byId(stage.transform(rows), "context")).isEqualTo(goodOnes());
  }
}
