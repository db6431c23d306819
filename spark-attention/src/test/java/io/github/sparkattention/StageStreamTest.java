package io.github.sparkattention;

import static io.github.sparkattention.sql.AttentionFunctions.causalAttention;
import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Named.named;

import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.ml.Transformer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.DataTypes;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class StageStreamTest {
  private static final List<float[][]> SEQUENCES = Sequences.random(8, 4, 3, 0, 5, 1, 9, 2, 4);

  private final SparkSession spark = LocalSpark.session();
  private final CausalAttention stage =
      new CausalAttention().setDIn(4).setDOut(4).setSeed(5).setBackend("threads");

  @TempDir private Path folder;

  @BeforeEach
  void write() {
    write(SEQUENCES);
  }

  private void write(List<float[][]> sequences) {
    Sequences.floats(sequences)
        .repartition(2)
        .write()
        .mode("append")
        .parquet(folder.resolve("rows").toString());
  }

  private Dataset<Row> stream() {
    return spark
        .readStream()
        .schema(Sequences.schema(DataTypes.FloatType))
        .option("maxFilesPerTrigger", 1)
        .parquet(folder.resolve("rows").toString());
  }

  private Dataset<Row> batch() {
    return spark.read().parquet(folder.resolve("rows").toString());
  }

  private DataStreamWriter<Row> writer(Dataset<Row> result, String name) {
    return result
        .writeStream()
        .queryName(name)
        .option("checkpointLocation", folder.resolve("checkpoint " + name).toString())
        .trigger(Trigger.AvailableNow());
  }

  private static void await(StreamingQuery query) throws Exception {
    assertThat(query.awaitTermination(120_000)).isTrue();
  }

  private Dataset<Row> inMemory(Dataset<Row> result, String name) throws Exception {
    StreamingQuery query = writer(result, name).format("memory").start();
    await(query);
    assertThat(query.recentProgress()).hasSizeGreaterThan(1);
    return spark.table(name);
  }

  static Stream<Named<Function<String, Transformer>>> stages() {
    return Stream.of(
        named(
            "causal",
            policy ->
                new CausalAttention("a")
                    .setDIn(4)
                    .setDOut(4)
                    .setNumHeads(2)
                    .setSeed(5)
                    .setContextLength(8)
                    .setAttentionWeightsCol("w")
                    .setHandleInvalid(policy)),
        named(
            "self",
            policy ->
                new SelfAttention("a")
                    .setDIn(4)
                    .setDOut(4)
                    .setSeed(5)
                    .setContextLength(8)
                    .setAttentionWeightsCol("w")
                    .setHandleInvalid(policy)));
  }

  @ParameterizedTest
  @MethodSource("stages")
  void aStreamGivesWhatTheBatchGives(Function<String, Transformer> stages) throws Exception {
    for (String policy : List.of("skip", "keep")) {
      Transformer transformer = stages.apply(policy);
      Dataset<Row> streamed = inMemory(transformer.transform(stream()), "attended_" + policy);
      Dataset<Row> expected = transformer.transform(batch());
      for (String column : List.of("context", "w")) {
        assertThat(Sequences.byId(streamed, column))
            .hasSize(policy.equals("skip") ? 6 : 7)
            .isEqualTo(Sequences.byId(expected, column));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("stages")
  void aStreamFailsAsTheBatchFails(Function<String, Transformer> stages) {
    Transformer transformer = stages.apply("error");
    Throwable expected = root(() -> transformer.transform(batch()).collectAsList());
    Throwable failed = root(() -> inMemory(transformer.transform(stream()), "failing"));
    assertThat(failed).hasSameClassAs(expected);
    assertThat(place(failed)).isEqualTo(place(expected)).contains("the sequence has 9 tokens");

    Transformer misplaced = transformer.copy(transformer.extractParamMap());
    misplaced.set("inputCol", "nowhere");
    assertThat(root(() -> misplaced.transform(stream())))
        .hasSameClassAs(root(() -> misplaced.transform(batch())))
        .hasMessage(root(() -> misplaced.transform(batch())).getMessage());
  }

  private static Throwable root(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    Throwable thrown = catchThrowable(call);
    assertThat(thrown).isNotNull();
    while (thrown.getCause() != null) {
      thrown = thrown.getCause();
    }
    return thrown;
  }

  /** A message without where the row was: a stream reads each file as a partition of its own. */
  private static String place(Throwable refused) {
    return refused.getMessage().replaceAll("partition [0-9]+, row [0-9]+", "partition, row");
  }

  @Test
  void aStreamGoesOnFromItsCheckpoint() throws Exception {
    String output = folder.resolve("output").toString();
    await(writer(stage.transform(stream()), "restarted").format("parquet").start(output));
    assertThat(spark.read().parquet(output).count()).isEqualTo(7);
    write(Sequences.random(9, 4, 6, 2));
    await(writer(stage.transform(stream()), "restarted").format("parquet").start(output));
    assertThat(texts(spark.read().parquet(output))).isEqualTo(texts(stage.transform(batch())));
  }

  private static List<String> texts(Dataset<Row> rows) {
    return rows.select("id", "context").collectAsList().stream()
        .map(Row::toString)
        .sorted()
        .toList();
  }

  @Test
  void twoQueriesRunAtOnce() throws Exception {
    CausalAttention other = stage.copy(stage.extractParamMap()).setSeed(6);
    StreamingQuery first = writer(stage.transform(stream()), "first").format("memory").start();
    StreamingQuery second = writer(other.transform(stream()), "second").format("memory").start();
    await(first);
    await(second);
    assertThat(Sequences.byId(spark.table("first"), "context"))
        .isEqualTo(Sequences.byId(stage.transform(batch()), "context"));
    assertThat(Sequences.byId(spark.table("second"), "context"))
        .isEqualTo(Sequences.byId(other.transform(batch()), "context"));
  }

  @Test
  void stagesAndFunctionsRunInForeachBatch() throws Exception {
    Map<Long, String> stages = Collections.synchronizedMap(new TreeMap<>());
    Map<Long, String> functions = Collections.synchronizedMap(new TreeMap<>());
    VoidFunction2<Dataset<Row>, Long> each =
        (rows, number) -> {
          stages.putAll(Sequences.byId(stage.transform(rows), "context"));
          Dataset<Row> called = rows.withColumn("context", causalAttention(col("tokens"), stage));
          functions.putAll(Sequences.byId(called, "context"));
        };
    await(writer(stream(), "each").foreachBatch(each).start());
    assertThat(stages)
        .isEqualTo(functions)
        .isEqualTo(Sequences.byId(stage.transform(batch()), "context"));
  }

  @Test
  void aFunctionRunsInAStream() throws Exception {
    Dataset<Row> called =
        stream().select(col("id"), causalAttention(col("tokens"), stage).as("context"));
    assertThat(Sequences.byId(inMemory(called.filter("id > 2"), "called"), "context"))
        .isEqualTo(Sequences.byId(stage.transform(batch()).filter("id > 2"), "context"));
  }
}
