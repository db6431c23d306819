package io.github.sparkattention;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.apache.spark.ml.linalg.SQLDataTypes;
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
  void otherColumnsMayRepeat() {
    Dataset<Row> rows =
        Sequences.floats(Sequences.random(3, 4, 2, 1)).selectExpr("id", "id", "tokens");
    Dataset<Row> result = stage.transform(rows.toDF("x", "x", "tokens"));
    assertThat(result.schema()).isEqualTo(stage.transformSchema(result.drop("context").schema()));
    assertThat(result.columns()).containsExactly("x", "x", "tokens", "context");
    assertThat(result.collectAsList()).extracting(row -> row.getLong(1)).containsExactly(0L, 1L);
    Dataset<Row> named = rows.toDF("a", "b", "tokens");
    Dataset<Row> joined =
        stage.transform(named.join(named.toDF("a", "b", "others"), col("others").isNotNull()));
    assertThat(joined.columns()).containsExactly("a", "b", "tokens", "a", "b", "others", "context");
    assertThat(joined.count()).isEqualTo(4);
    assertThat(joined.select("context").collectAsList()).hasSize(4);
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
      strings = {
        "string",
        "float",
        "array<boolean>",
        "array<array<string>>",
        "array<array<array<float>>>",
        "array<struct<embeddings:array<float>>>",
        "struct<type:tinyint,size:int,indices:array<int>,values:array<double>>"
      })
  void aColumnOfAnotherType(String type) {
    stage.setInputCol("emb");
    assertRefused(
        StructType.fromDDL("emb " + type),
        "stage: Column 'emb' must be one of array<array<number>>, array<vector>, matrix,"
            + " array<number> or array<struct<annotatorType:string,begin:int,end:int,result:string,"
            + "metadata:map<string,string>,embeddings:array<float>>> (a number is tinyint,"
            + " smallint, int, bigint, decimal, float or double), but is "
            + type
            + ".");
  }

  @Test
  void oneVectorIsNoSequence() {
    assertThatThrownBy(
            () -> stage.transformSchema(new StructType().add("tokens", SQLDataTypes.VectorType())))
        .hasMessageEndingWith(", but is vector.");
  }

  @Test
  void nothingToCompute() {
    stage.setOutputCol("");
    assertRefused(
        schema(),
        "stage: nothing is to be computed; name a column by outputCol, attentionWeightsCol or"
            + " logSumExpCol, or set pooling and pooledCol");
    stage.setPooling("mean").setPooledCol("");
    assertRefused(schema(), "stage: pooledCol is empty, but pooling is mean");
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
    stage.setAttentionWeightsCol("").setPooling("max").setLogSumExpCol("Pooled");
    assertRefused(
        schema(), "stage: pooledCol and logSumExpCol must differ, but are 'pooled' and 'Pooled'.");
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
