package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StageSchemaTest {
  private final SparkSession spark = LocalSpark.session();
  private final CausalAttention stage =
      new CausalAttention("stage").setDIn(4).setDOut(4).setSeed(5).setBackend("threads");

  private static StructType schema() {
    return Sequences.schema(DataTypes.FloatType);
  }

  private void assertRefused(StructType schema, String message) {
    assertThatThrownBy(() -> stage.transformSchema(schema))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    Dataset<Row> empty = spark.createDataFrame(java.util.List.of(), schema);
    assertThatThrownBy(() -> stage.transform(empty))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  @Test
  void theOutputColumnsAreAppended() {
    StructType result = stage.setAttentionWeightsCol("w").transformSchema(schema());
    assertThat(result.simpleString())
        .isEqualTo(
            "struct<id:bigint,tokens:array<array<float>>,context:array<array<float>>,"
                + "w:array<array<array<float>>>>");
    assertThat(result.apply("context").nullable()).isFalse();
    assertThat(result.apply("context").dataType())
        .isEqualTo(
            DataTypes.createArrayType(
                DataTypes.createArrayType(DataTypes.FloatType, false), false));
  }

  @ParameterizedTest
  @ValueSource(strings = {"error", "skip", "keep"})
  void transformHasTheSchemaThatIsPromised(String policy) {
    stage.setHandleInvalid(policy).setAttentionWeightsCol("w");
    Dataset<Row> rows = spark.createDataFrame(java.util.List.of(), schema());
    assertThat(stage.transform(rows).schema()).isEqualTo(stage.transformSchema(schema()));
    assertThat(stage.transform(rows).schema().apply("w").nullable())
        .isEqualTo(policy.equals("keep"));
  }

  @Test
  void aMissingColumn() {
    stage.setInputCol("emb");
    assertRefused(
        schema(), "stage: Column 'emb' (inputCol) is missing; the columns are id, tokens.");
  }

  @Test
  void anAmbiguousColumn() {
    assertRefused(
        schema().add("tokens", DataTypes.StringType),
        "stage: Column 'tokens' (inputCol) is ambiguous: 2 columns have this name.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"string", "array<float>", "array<array<int>>", "array<array<array<float>>>"})
  void aColumnOfAnotherType(String type) {
    stage.setInputCol("emb");
    assertRefused(
        StructType.fromDDL("emb " + type),
        "stage: Column 'emb' must be array<array<float>> or array<array<double>>, but is "
            + type
            + ".");
  }

  @Test
  void anOutputColumnThatExists() {
    assertRefused(
        schema().add("context", DataTypes.StringType),
        "stage: Column 'context' exists already; drop it, or set outputCol to another name.");
    assertRefused(
        schema().add("Context", DataTypes.StringType),
        "stage: Column 'Context' exists already; drop it, or set outputCol to another name.");
    stage.setAttentionWeightsCol("id");
    assertRefused(
        schema(),
        "stage: Column 'id' exists already; drop it, or set attentionWeightsCol to another name.");
  }

  @Test
  void namesThatDifferInCaseWhereCaseMatters() {
    spark.conf().set("spark.sql.caseSensitive", "true");
    try {
      assertThat(stage.transformSchema(schema().add("Context", DataTypes.StringType)).fieldNames())
          .containsExactly("id", "tokens", "Context", "context");
    } finally {
      spark.conf().unset("spark.sql.caseSensitive");
    }
  }

  @Test
  void equalOutputColumns() {
    stage.setAttentionWeightsCol("context");
    assertRefused(
        schema(),
        "stage: outputCol and attentionWeightsCol must differ, but are 'context' and 'context'.");
  }

  @Test
  void theDropoutKeyColumnIsCheckedWhenDropoutIsApplied() {
    stage.setDropoutKeyCol("key").setDropout(0.5);
    assertThat(stage.transformSchema(schema()).fieldNames()).hasSize(3);
    stage.setTraining(true);
    assertRefused(
        schema(), "stage: Column 'key' (dropoutKeyCol) is missing; the columns are id, tokens.");
    assertRefused(
        schema().add("key", DataTypes.IntegerType),
        "stage: Column 'key' (dropoutKeyCol) must be bigint, but is int.");
  }

  @Test
  void paramsThatMakeNoLayer() {
    stage.setNumHeads(3);
    assertRefused(schema(), "stage: numHeads must divide dOut, but dOut is 4 and numHeads is 3");
    stage.setNumHeads(4).setNumKvHeads(3);
    assertRefused(
        schema(), "stage: numKvHeads must divide numHeads, but numHeads is 4 and numKvHeads is 3");
  }
}
