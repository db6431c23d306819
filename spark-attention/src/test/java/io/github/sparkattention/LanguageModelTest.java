package io.github.sparkattention;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.ModelOutputs;
import io.github.sparkattention.kernels.ModelProgram;
import io.github.sparkattention.kernels.Pooling;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.contract.SeededWeights;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each column of a whole model is what the kernels give for its row alone, to the last bit. */
class LanguageModelTest {
  private static final long SEED = 123;
  private static final List<int[]> SEQUENCES =
      TinyModels.sequences(4, 40, 3, 0, 5, 1, 16, 2, 4, 9, 0, 7, 12, 1, 6);

  @TempDir private Path folder;

  /** A stage that gives all that a causal model has. */
  private static LanguageModel everything() {
    return TinyModels.drawn(SEED)
        .setOutputCol("vectors")
        .setPooledCol("pooled")
        .setPooling("mean")
        .setNormalize(true)
        .setHiddenStatesCol("hidden")
        .setHiddenLayer(1)
        .setAttentionWeightsCol("weights")
        .setAttentionLayer(1)
        .setLogProbabilitiesCol("log_probabilities")
        .setLogProbabilityCol("log_probability")
        .setPerplexityCol("perplexity")
        .setNextTokensCol("next")
        .setNextTokens(3);
  }

  private static final List<String> COLUMNS =
      List.of(
          "vectors",
          "pooled",
          "hidden",
          "weights",
          "log_probabilities",
          "log_probability",
          "perplexity",
          "next");

  private static List<Float> list(float[] values, int from, int count) {
    List<Float> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(values[from + i]);
    }
    return list;
  }

  private static String matrix(float[] values, int from, int rows, int columns) {
    List<List<Float>> matrix = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      matrix.add(list(values, from + row * columns, columns));
    }
    return matrix.toString();
  }

  /** What the kernels make of a sequence alone, by column, written as the rows are. */
  private static Map<String, String> expected(int[] sequence) {
    ModelConfig book = TinyModels.BOOK;
    ModelProgram program =
        book.program(
            ModelOutputs.VECTORS
                .withHiddenStates(1)
                .withAttentionWeights(1)
                .withLogProbabilities()
                .withNextIds(3));
    float[][] arrays = TinyModels.alone(program, SeededWeights.gpt(book, SEED), sequence);
    int n = sequence.length;
    int width = book.width();
    Map<String, String> columns = new TreeMap<>();
    columns.put("vectors", matrix(arrays[program.vectors()], 0, n, width));
    float[] pooled =
        n == 0 ? new float[width] : Pooling.MEAN.pool(arrays[program.vectors()], 0, n, width, true);
    columns.put("pooled", list(pooled, 0, width).toString());
    columns.put("hidden", matrix(arrays[program.hiddenStates()], 0, n, width));
    List<String> heads = new ArrayList<>();
    for (int head = 0; head < 2; head++) {
      heads.add(matrix(arrays[program.attentionWeights()], head * n * n, n, n));
    }
    columns.put("weights", heads.toString());
    int scored = Math.max(0, n - 1);
    float[] logarithms = arrays[program.logProbability()];
    columns.put("log_probabilities", list(logarithms, 0, scored).toString());
    double sum = 0;
    for (int i = 0; i < scored; i++) {
      sum += logarithms[i];
    }
    columns.put("log_probability", String.valueOf(sum));
    columns.put("perplexity", scored == 0 ? "null" : String.valueOf(StrictMath.exp(-sum / scored)));
    List<String> next = new ArrayList<>();
    for (int i = 0; n > 0 && i < 3; i++) {
      next.add(
          String.format(
              "[%d,%s]",
              (int) arrays[program.topIds()][i],
              (float) StrictMath.exp(arrays[program.topLogProbabilities()][i])));
    }
    columns.put("next", next.toString());
    return columns;
  }

  private static void expectKernelsBits(Dataset<Row> result) {
    for (String column : COLUMNS) {
      Map<Long, String> wanted = new TreeMap<>();
      for (int[] sequence : SEQUENCES) {
        wanted.put((long) wanted.size(), expected(sequence).get(column));
      }
      assertThat(Sequences.byId(result, column)).as(column).isEqualTo(wanted);
    }
  }

  @Test
  void eachColumnHasTheKernelsBits() {
    Dataset<Row> result = everything().transform(TinyModels.rows(SEQUENCES));
    assertThat(result.columns()).containsExactlyElementsOf(withInput());
    expectKernelsBits(result.cache());
    assertThat(result.schema())
        .isEqualTo(everything().transformSchema(TinyModels.schema(DataTypes.IntegerType)));
    assertThat(result.schema().apply("next").dataType().simpleString())
        .isEqualTo("array<struct<id:int,probability:float>>");
    assertThat(result.schema().apply("perplexity").nullable()).isTrue();
    assertThat(result.schema().apply("log_probability").nullable()).isFalse();
    result.unpersist();
  }

  private static List<String> withInput() {
    List<String> columns = new ArrayList<>(List.of("id", "ids"));
    columns.addAll(COLUMNS);
    return columns;
  }

  @Test
  void noPartitioningAndNoSizeOfABatchChangesABit() {
    long seed = ThreadLocalRandom.current().nextLong();
    Random random = new Random(seed);
    Map<String, Map<Long, String>> wanted = new TreeMap<>();
    Dataset<Row> first = everything().transform(TinyModels.rows(SEQUENCES)).cache();
    COLUMNS.forEach(column -> wanted.put(column, Sequences.byId(first, column)));
    first.unpersist();
    for (int round = 0; round < 30; round++) {
      List<Row> rows = new ArrayList<>(TinyModels.rows(SEQUENCES).collectAsList());
      Collections.shuffle(rows, random);
      Dataset<Row> shuffled =
          LocalSpark.session()
              .createDataFrame(rows, TinyModels.schema(DataTypes.IntegerType))
              .repartition(1 + random.nextInt(3));
      String column = COLUMNS.get(round % COLUMNS.size());
      Dataset<Row> result = everything().setBatchTokens(1 + random.nextInt(40)).transform(shuffled);
      assertThat(Sequences.byId(result, column))
          .as("seed %d, round %d, %s", seed, round, column)
          .isEqualTo(wanted.get(column));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void adaptiveExecutionBetweenShufflesChangesNoBit(boolean adaptive) {
    SparkSession session = LocalSpark.session();
    String before = session.conf().get("spark.sql.adaptive.enabled");
    session.conf().set("spark.sql.adaptive.enabled", adaptive);
    try {
      Dataset<Row> shuffled = TinyModels.rows(SEQUENCES).repartition(col("id"));
      Dataset<Row> result = everything().transform(shuffled);
      List<Column> first =
          COLUMNS.stream().map(column -> functions.first(column).as(column)).toList();
      Dataset<Row> grouped =
          result.groupBy("id").agg(functions.count("*"), first.toArray(Column[]::new)).cache();
      expectKernelsBits(grouped);
      grouped.unpersist();
      Dataset<Row> counted = result.groupBy("id").agg(functions.sum("log_probability"));
      counted.collectAsList();
      assertThat(counted.queryExecution().executedPlan().toString().contains("isFinalPlan=true"))
          .isEqualTo(adaptive);
    } finally {
      session.conf().set("spark.sql.adaptive.enabled", before);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bigint", "smallint", "tinyint"})
  void idsMayBeOfAnyWholeType(String type) {
    Dataset<Row> rows =
        TinyModels.rows(SEQUENCES).selectExpr("id", "cast(ids as array<" + type + ">) as ids");
    LanguageModel stage = TinyModels.drawn(SEED).setLogProbabilityCol("sum");
    assertThat(Sequences.byId(stage.transform(rows), "sum"))
        .isEqualTo(Sequences.byId(stage.transform(TinyModels.rows(SEQUENCES)), "sum"));
  }

  @ParameterizedTest
  @EnumSource(Pooling.class)
  void anEncoderPoolsAsItsFilesSay(Pooling pooling) {
    String path = TinyModels.encoder(folder.resolve("model"), 9, pooling, true);
    Dataset<Row> result =
        new LanguageModel()
            .setCheckpoint(path)
            .setPooledCol("embedding")
            .setBackend("threads")
            .transform(TinyModels.rows(SEQUENCES));
    ModelProgram program = TinyModels.ENCODER.program(ModelOutputs.VECTORS);
    Tensors tensors = TinyModels.tensors(TinyModels.ENCODER, 9);
    for (Row row : result.collectAsList()) {
      int[] sequence = SEQUENCES.get((int) row.getLong(0));
      float[] wanted =
          sequence.length == 0
              ? new float[12]
              : pooling.pool(
                  TinyModels.alone(program, tensors, sequence)[0], 0, sequence.length, 12, true);
      double[] found = ((Vector) row.getAs("embedding")).toArray();
      assertThat(found)
          .as("id %d", row.getLong(0))
          .isEqualTo(java.util.stream.IntStream.range(0, 12).mapToDouble(i -> wanted[i]).toArray());
    }
    assertThat(AttributeGroup.fromStructField(result.schema().apply("embedding")).size())
        .isEqualTo(12);
  }

  @Test
  void paramsComeBeforeWhatFilesSayOfPooling() {
    String path = TinyModels.encoder(folder.resolve("model"), 9, Pooling.MEAN, true);
    LanguageModel stage =
        new LanguageModel()
            .setCheckpoint(path)
            .setPooledCol("embedding")
            .setPooling("cls")
            .setNormalize(false)
            .setOutputCol("vectors")
            .setBackend("threads");
    for (Row row : stage.transform(TinyModels.rows(SEQUENCES)).collectAsList()) {
      if (!row.getList(1).isEmpty()) {
        double[] first = Arrays.stream(toArray(Sequences.floats(row, 2)[0])).toArray();
        assertThat(((Vector) row.getAs("embedding")).toArray()).isEqualTo(first);
      }
    }
  }

  private static double[] toArray(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  @ParameterizedTest
  @ValueSource(strings = {"flat", "vectors", "matrix"})
  void tokensHaveTheFormThatIsAskedFor(String format) {
    LanguageModel stage =
        TinyModels.drawn(SEED).setOutputCol("v").setHiddenStatesCol("h").setHiddenLayer(0);
    Dataset<Row> rows = TinyModels.rows(SEQUENCES);
    Dataset<Row> arrays = stage.transform(rows);
    Dataset<Row> others =
        stage.copy(stage.extractParamMap()).setOutputFormat(format).transform(rows);
    for (String column : List.of("v", "h")) {
      Map<Long, String> wanted = Sequences.byId(arrays, column);
      if (format.equals("flat")) {
        wanted.replaceAll((id, text) -> "[" + text.replaceAll("[\\[\\]]", "") + "]");
      }
      assertThat(Sequences.byId(others, column)).as(column).isEqualTo(wanted);
    }
  }

  @Test
  void theLastHiddenStatesAreTheVectors() {
    Dataset<Row> result =
        TinyModels.drawn(SEED)
            .setOutputCol("v")
            .setHiddenStatesCol("h")
            .setHiddenLayer(2)
            .transform(TinyModels.rows(SEQUENCES));
    assertThat(Sequences.byId(result, "h")).isEqualTo(Sequences.byId(result, "v"));
  }

  @Test
  void aStreamGivesWhatTheBatchGives() throws Exception {
    String path = folder.resolve("rows").toString();
    TinyModels.rows(SEQUENCES).repartition(2).write().parquet(path);
    Dataset<Row> stream =
        LocalSpark.session()
            .readStream()
            .schema(TinyModels.schema(DataTypes.IntegerType))
            .parquet(path);
    StreamingQuery query =
        everything()
            .transform(stream)
            .writeStream()
            .queryName("modelled")
            .option("checkpointLocation", folder.resolve("checkpoint").toString())
            .trigger(Trigger.AvailableNow())
            .format("memory")
            .start();
    assertThat(query.awaitTermination(120_000)).isTrue();
    expectKernelsBits(LocalSpark.session().table("modelled"));
  }
}
