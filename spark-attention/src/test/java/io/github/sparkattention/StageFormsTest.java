package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.ml.linalg.DenseMatrix;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StageFormsTest {
  private static final int WIDTH = 5;
  private static final List<float[][]> SEQUENCES = sequences();

  private final SparkSession spark = LocalSpark.session();

  /** With zeros, which sparse forms leave out. */
  private static List<float[][]> sequences() {
    List<float[][]> sequences = Sequences.random(21, WIDTH, 3, 0, 1, 64, 13, 2);
    for (float[][] sequence : sequences) {
      for (int i = 0; i < sequence.length; i++) {
        sequence[i][i % WIDTH] = 0;
        sequence[i][3 * i % WIDTH] = 0;
      }
    }
    return sequences;
  }

  private static CausalAttention stage() {
    return new CausalAttention("stage")
        .setDIn(WIDTH)
        .setDOut(6)
        .setNumHeads(2)
        .setSeed(5)
        .setBackend("threads");
  }

  private static Map<Long, String> contexts() {
    return Sequences.contextOf(stage().config(), stage().weights(), SEQUENCES);
  }

  static List<String> forms() {
    return SequenceForms.names();
  }

  @ParameterizedTest
  @MethodSource("forms")
  void everyFormOfInputGivesTheSameBits(String form) {
    CausalAttention stage = stage().setInputCol(form).setBatchTokens(20);
    Dataset<Row> result = stage.transform(SequenceForms.rows(SEQUENCES).coalesce(1));
    assertThat(Sequences.byId(result, "context")).isEqualTo(contexts());
  }

  @ParameterizedTest
  @ValueSource(strings = {"array", "vectors", "matrix", "flat"})
  void everyFormOfOutputHasTheSameBits(String format) {
    CausalAttention stage = stage().setOutputFormat(format).setInputCol("floats");
    Dataset<Row> result = stage.transform(SequenceForms.rows(SEQUENCES));
    assertThat(result.schema()).isEqualTo(stage.transformSchema(SequenceForms.schema()));
    Map<Long, String> expected = contexts();
    if (format.equals("flat")) {
      expected.replaceAll((id, text) -> "[" + text.replaceAll("[\\[\\]]", "") + "]");
    }
    assertThat(Sequences.byId(result, "context")).isEqualTo(expected);
  }

  /** All forms in one query, each through a stage of its own, and each output form, too. */
  @Test
  void aStreamGivesWhatTheBatchGives(@TempDir Path folder) throws Exception {
    String path = folder.resolve("rows").toString();
    SequenceForms.rows(SEQUENCES).repartition(2).write().parquet(path);
    List<String> formats = List.of("array", "vectors", "matrix", "flat");
    List<CausalAttention> stages = new ArrayList<>();
    for (String form : SequenceForms.names()) {
      stages.add(
          stage()
              .setInputCol(form)
              .setOutputCol(form + "_context")
              .setOutputFormat(formats.get(stages.size() % formats.size())));
    }
    stages.add(
        stage()
            .setInputCol("floats")
            .setOutputCol("")
            .setPooling("mean")
            .setLogSumExpCol("lse")
            .setAttentionWeightsCol("weights"));
    Dataset<Row> batch = spark.read().schema(SequenceForms.schema()).parquet(path);
    Dataset<Row> stream = spark.readStream().schema(SequenceForms.schema()).parquet(path);
    for (CausalAttention stage : stages) {
      batch = stage.transform(batch);
      stream = stage.transform(stream);
    }
    StreamingQuery query =
        stream
            .writeStream()
            .format("memory")
            .queryName("attended_forms")
            .option("checkpointLocation", folder.resolve("checkpoint").toString())
            .trigger(Trigger.AvailableNow())
            .start();
    assertThat(query.awaitTermination(240_000)).isTrue();
    List<String> added = new ArrayList<>(Arrays.asList(batch.columns()));
    added.removeAll(Arrays.asList(SequenceForms.schema().fieldNames()));
    assertThat(added).hasSize(stages.size() + 2).endsWith("pooled", "weights", "lse");
    List<Row> streamed = byId(spark.table("attended_forms"));
    assertThat(streamed).hasSize(SEQUENCES.size()).isEqualTo(byId(batch));
  }

  private static List<Row> byId(Dataset<Row> rows) {
    return rows.coalesce(1).sortWithinPartitions("id").collectAsList();
  }

  static Stream<Arguments> faults() {
    DataType vectors = DataTypes.createArrayType(SQLDataTypes.VectorType());
    DataType matrix = SQLDataTypes.MatrixType();
    DataType flat = DataTypes.createArrayType(DataTypes.FloatType);
    DataType flatDoubles = DataTypes.createArrayType(DataTypes.DoubleType);
    DataType annotations = SequenceForms.type("array<" + SequenceForms.ANNOTATION + ">");
    return Stream.of(
        Arguments.of(vectors, null, "the sequence is null"),
        Arguments.of(vectors, Arrays.asList(Vectors.dense(1, 2), null), "token 1 is null"),
        Arguments.of(
            vectors, List.of(Vectors.dense(1, 2, 3)), "token 0 has 3 values, but dIn is 2"),
        Arguments.of(
            vectors,
            List.of(Vectors.dense(1, 2), Vectors.sparse(7, new int[] {1}, new double[] {1})),
            "token 1 has 7 values, but dIn is 2"),
        Arguments.of(
            vectors,
            List.of(Vectors.sparse(2, new int[] {1}, new double[] {1e300})),
            "token 0 is 1.0E300 at dimension 1, which is not finite as a float"),
        Arguments.of(
            matrix,
            new DenseMatrix(1, 3, new double[] {1, 2, 3}),
            "the matrix has 3 columns, but dIn is 2"),
        Arguments.of(
            matrix,
            new DenseMatrix(2, 2, new double[] {1, 2, 3, Double.NaN}),
            "token 1 is NaN at dimension 1, which is not finite as a float"),
        Arguments.of(
            matrix,
            new DenseMatrix(2, 2, new double[] {1, 2, Double.NEGATIVE_INFINITY, 4}, true),
            "token 1 is -Infinity at dimension 0, which is not finite as a float"),
        Arguments.of(
            matrix,
            new DenseMatrix(5, 2, new double[10]),
            "the sequence has 5 tokens, more than contextLength, which is 4"),
        Arguments.of(
            flat, List.of(1f, 2f, 3f), "the sequence has 3 values, no multiple of dIn, which is 2"),
        Arguments.of(flat, Arrays.asList(1f, 2f, 3f, null), "token 1 is null at dimension 1"),
        Arguments.of(
            flatDoubles,
            List.of(1.0, 2.0, 1e39, 4.0),
            "token 1 is 1.0E39 at dimension 0, which is not finite as a float"),
        Arguments.of(
            annotations,
            Arrays.asList(SequenceForms.annotation(List.of(1f, 2f)), null),
            "token 1 is null"),
        Arguments.of(
            annotations,
            List.of(SequenceForms.annotation(null)),
            "token 0 has no embeddings: they are null"),
        Arguments.of(
            annotations,
            List.of(SequenceForms.annotation(List.of())),
            "token 0 has 0 values, but dIn is 2"),
        Arguments.of(
            annotations,
            List.of(SequenceForms.annotation(Arrays.asList(1f, null))),
            "token 0 is null at dimension 1"));
  }

  @ParameterizedTest
  @MethodSource("faults")
  void everyFormIsRefusedAlike(DataType type, Object bad, String message) {
    Dataset<Row> rows =
        spark
            .createDataFrame(
                List.of(RowFactory.create(0L, null), RowFactory.create(1L, bad)),
                new StructType().add("id", DataTypes.LongType).add("tokens", type))
            .coalesce(1)
            .filter("id = 1");
    CausalAttention stage =
        new CausalAttention("stage")
            .setDIn(2)
            .setDOut(2)
            .setSeed(5)
            .setContextLength(4)
            .setBackend("threads");
    assertThatThrownBy(() -> stage.transform(rows).collectAsList())
        .rootCause()
        .isExactlyInstanceOf(RuntimeException.class)
        .hasMessage(
            "stage: column 'tokens', partition 0, row 0: %s. Set handleInvalid to 'skip' to drop"
                + " such rows, or to 'keep' for null results.",
            message);
    stage.setHandleInvalid("skip");
    assertThat(stage.transform(rows).collectAsList()).isEmpty();
    stage.setHandleInvalid("keep").setOutputFormat("matrix").setPooling("last");
    assertThat(stage.transform(rows).filter("context is null and pooled is null").count())
        .isEqualTo(1);
  }
}
