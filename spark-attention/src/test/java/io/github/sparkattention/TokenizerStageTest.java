package io.github.sparkattention;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.text.Gpt2;
import io.github.sparkattention.text.MiniLm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.execution.ExplainMode$;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizerStageTest {
  private static final StructType SCHEMA =
      new StructType().add("id", DataTypes.LongType).add("text", DataTypes.StringType);

  private static final List<String> TEXTS =
      List.of("The cat sits outside", "", "A man is playing guitar", "Café naïve 東京");

  @TempDir private static Path checkpoints;

  private static Path miniLm;
  private static Path gpt2;

  @TempDir private Path folder;

  @BeforeAll
  static void writeCheckpoints() throws IOException {
    miniLm = Files.createDirectory(checkpoints.resolve("minilm"));
    MiniLm.write(miniLm);
    gpt2 = Files.createDirectory(checkpoints.resolve("gpt2"));
    Gpt2.write(gpt2);
  }

  private static Dataset<Row> rows(List<String> texts) {
    List<Row> rows = new ArrayList<>();
    for (String text : texts) {
      rows.add(RowFactory.create((long) rows.size(), text));
    }
    return LocalSpark.session().createDataFrame(rows, SCHEMA);
  }

  private static WordPieceTokenizer wordPiece() {
    return new WordPieceTokenizer("pieces").setCheckpoint(miniLm.toString());
  }

  private static Map<Long, List<Integer>> ids(Dataset<Row> result) {
    Map<Long, List<Integer>> ids = new TreeMap<>();
    for (Row row : result.select("id", "ids").collectAsList()) {
      ids.put(row.getLong(0), row.isNullAt(1) ? null : row.getList(1));
    }
    return ids;
  }

  private static Map<Long, List<Integer>> expected(WordPieceTokenizer stage, List<String> texts) {
    Map<Long, List<Integer>> ids = new TreeMap<>();
    for (String text : texts) {
      ids.put(
          (long) ids.size(),
          Arrays.stream(stage.tokenizer().encode(text, stage.getSpecialTokens())).boxed().toList());
    }
    return ids;
  }

  @Test
  void textsBecomeIds() {
    WordPieceTokenizer stage = wordPiece();
    Dataset<Row> result = stage.transform(rows(TEXTS));
    assertThat(result.schema()).isEqualTo(stage.transformSchema(SCHEMA));
    assertThat(result.schema().apply("ids").dataType())
        .isEqualTo(DataTypes.createArrayType(DataTypes.IntegerType, false));
    assertThat(ids(result))
        .isEqualTo(expected(stage, TEXTS))
        .containsEntry(0L, List.of(101, 1996, 4937, 7719, 2648, 102))
        .containsEntry(1L, List.of(101, 102));
    assertThat(ids(stage.setSpecialTokens(false).transform(rows(TEXTS))))
        .containsEntry(0L, List.of(1996, 4937, 7719, 2648))
        .containsEntry(1L, List.of());
  }

  @Test
  void bytePairsBecomeIds() {
    Dataset<Row> texts = rows(List.of("Hello, I am")).withColumnRenamed("text", "a `text`.");
    BpeTokenizer stage =
        new BpeTokenizer()
            .setCheckpoint(gpt2.toString())
            .setInputCol("a `text`.")
            .setOutputCol("the ids");
    assertThat(stage.transform(texts).select("the ids").first().<Integer>getList(0))
        .containsExactly(15496, 11, 314, 716);
  }

  @Test
  void idsAreTheSameUnderAnyPartitioningAndInAStream() throws Exception {
    WordPieceTokenizer stage = wordPiece();
    Map<Long, List<Integer>> expected = expected(stage, TEXTS);
    for (int partitions : new int[] {1, 3, 7}) {
      assertThat(ids(stage.transform(rows(TEXTS).repartition(partitions)))).isEqualTo(expected);
    }
    rows(TEXTS).repartition(2).write().parquet(folder.resolve("rows").toString());
    StreamingQuery query =
        stage
            .transform(
                LocalSpark.session()
                    .readStream()
                    .schema(SCHEMA)
                    .parquet(folder.resolve("rows").toString()))
            .writeStream()
            .queryName("tokenized")
            .format("memory")
            .option("checkpointLocation", folder.resolve("state").toString())
            .trigger(Trigger.AvailableNow())
            .start();
    assertThat(query.awaitTermination(120_000)).isTrue();
    assertThat(ids(LocalSpark.session().table("tokenized"))).isEqualTo(expected);
  }

  @Test
  void aLongTextFailsUnlessItsStageSaysOtherwise() {
    WordPieceTokenizer stage = wordPiece().setMaxLength(4);
    assertThatThrownBy(() -> stage.transform(rows(TEXTS).repartition(1)).collectAsList())
        .hasStackTraceContaining(
            "pieces: a text in column 'text' has 6 ids, but maxLength is 4; longRows may be"
                + " 'truncate' or 'split', and handleInvalid 'skip' or 'keep', instead of"
                + " 'error'.");
    assertThat(ids(stage.setHandleInvalid("keep").transform(rows(TEXTS))))
        .hasSize(4)
        .containsEntry(0L, null)
        .containsEntry(1L, List.of(101, 102));
    assertThat(ids(stage.setHandleInvalid("skip").transform(rows(TEXTS)))).containsOnlyKeys(1L);
  }

  @Test
  void aTruncatedTextIsCountedAndShownInThePlan() {
    WordPieceTokenizer stage = wordPiece().setMaxLength(6).setLongRows("truncate");
    assertThat(stage.truncatedRows()).isZero();
    Dataset<Row> result = stage.copy(new ParamMap()).transform(rows(TEXTS).repartition(2));
    assertThat(result.queryExecution().explainString(ExplainMode$.MODULE$.fromString("simple")))
        .containsPattern(
            "word_piece\\(text#\\d+, specialTokens=true, maxLength=6, longRows=truncate\\)");
    assertThat(ids(result))
        .containsEntry(0L, List.of(101, 1996, 4937, 7719, 2648, 102))
        .containsEntry(2L, List.of(101, 1037, 2158, 2003, 2652, 102));
    assertThat(stage.truncatedRows()).isEqualTo(1);
  }

  @Test
  void aSplitTextBecomesARowForEachPiece() {
    WordPieceTokenizer stage =
        wordPiece().setMaxLength(4).setLongRows("split").setHandleInvalid("keep");
    List<String> texts = new ArrayList<>(TEXTS.subList(0, 3));
    texts.add(null);
    Dataset<Row> result = stage.transform(rows(texts));
    assertThat(result.schema()).isEqualTo(stage.transformSchema(SCHEMA));
    assertThat(
            result
                .orderBy("id", "piece")
                .select(
                    functions.concat_ws(" ", col("id"), col("piece"), col("ids").cast("string")))
                .collectAsList())
        .extracting(row -> row.getString(0))
        .containsExactly(
            "0 0 [101, 1996, 4937, 102]",
            "0 1 [101, 7719, 2648, 102]",
            "1 0 [101, 102]",
            "2 0 [101, 1037, 2158, 102]",
            "2 1 [101, 2003, 2652, 102]",
            "2 2 [101, 2858, 102]",
            "3");
    assertThat(stage.setHandleInvalid("skip").transform(rows(texts)).count()).isEqualTo(6);
  }

  @Test
  void aNullTextIsHandledAsTheStageSays() {
    Dataset<Row> texts = rows(Arrays.asList("a", null));
    WordPieceTokenizer stage = wordPiece();
    assertThatThrownBy(() -> stage.transform(texts.repartition(1)).collectAsList())
        .hasStackTraceContaining(
            "pieces: a text in column 'text' is null; handleInvalid may be 'skip' or 'keep' instead"
                + " of 'error'.");
    assertThat(ids(stage.setHandleInvalid("keep").transform(texts)))
        .containsEntry(0L, List.of(101, 1037, 102))
        .containsEntry(1L, null);
    assertThat(ids(stage.setHandleInvalid("skip").transform(texts))).containsOnlyKeys(0L);
  }

  @Test
  void aSavedStageNeedsItsCheckpointNoMore() throws IOException {
    Path checkpoint = Files.createDirectory(folder.resolve("checkpoint"));
    Path json = MiniLm.write(checkpoint);
    WordPieceTokenizer stage =
        new WordPieceTokenizer()
            .setCheckpoint(checkpoint.toString())
            .setMaxLength(7)
            .setLongRows("truncate");
    Map<Long, List<Integer>> expected = ids(stage.transform(rows(TEXTS)));
    String path = folder.resolve("stage").toString();
    stage.save(path);
    assertThatThrownBy(() -> stage.save(path)).hasMessageContaining("already exists");
    stage.write().overwrite().save(path);
    Files.delete(json);
    WordPieceTokenizer loaded = WordPieceTokenizer.load(path);
    assertThat(loaded.uid()).isEqualTo(stage.uid());
    assertThat(loaded.extractParamMap()).hasToString(stage.extractParamMap().toString());
    assertThat(ids(loaded.transform(rows(TEXTS)))).isEqualTo(expected);
    String again = folder.resolve("again").toString();
    loaded.save(again);
    assertThat(ids(WordPieceTokenizer.load(again).transform(rows(TEXTS)))).isEqualTo(expected);
    assertThatThrownBy(() -> BpeTokenizer.load(path))
        .hasMessage(
            "'%s' holds a %s, but a %s was to be loaded",
            path, WordPieceTokenizer.class.getName(), BpeTokenizer.class.getName());
  }

  @Test
  void aPipelineOfItIsSavedAndLoaded() throws IOException {
    Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {wordPiece()});
    PipelineModel model = pipeline.fit(rows(TEXTS));
    String path = folder.resolve("pipeline").toString();
    model.save(path);
    assertThat(ids(PipelineModel.load(path).transform(rows(TEXTS))))
        .isEqualTo(expected(wordPiece(), TEXTS));
  }

  @Test
  void aCheckpointThatIsSetAnewIsReadAnew() {
    WordPieceTokenizer stage = wordPiece();
    assertThat(stage.tokenizer().vocabularySize()).isEqualTo(30522);
    stage.setCheckpoint(gpt2.toString());
    assertThatThrownBy(stage::tokenizer)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "pieces: '%s' must hold a tokenizer for a WordPieceTokenizer, but holds one of byte-level"
                + " BPE",
            gpt2);
  }

  @Test
  void whatDoesntFitIsRefusedOnTheDriver() {
    WordPieceTokenizer none = new WordPieceTokenizer("none");
    assertThatThrownBy(() -> none.transformSchema(SCHEMA))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("none: the stage has no tokenizer; set checkpoint to the folder of one");
    assertThatThrownBy(
            () -> none.copy(new ParamMap()).setCheckpoint("/no/such").transform(rows(TEXTS)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "none: /no/such: must be a folder with a tokenizer's files, or a tokenizer.json, but"
                + " doesn't exist");
    assertThatThrownBy(() -> wordPiece().setInputCol("id").transformSchema(SCHEMA))
        .hasMessage("pieces: Column 'id' must be string, but is bigint.");
    StructType pairs =
        new StructType()
            .add("text", DataTypes.createArrayType(SCHEMA.add("second", DataTypes.StringType)));
    assertThatThrownBy(() -> wordPiece().transformSchema(pairs))
        .hasMessage(
            "pieces: Column 'text' must be string, but is"
                + " array<struct<id:bigint,text:string,second:string>>.");
    assertThatThrownBy(() -> wordPiece().setOutputCol("id").transformSchema(SCHEMA))
        .hasMessage(
            "pieces: Column 'id' exists already; drop it, or set outputCol to another name.");
    assertThatThrownBy(() -> wordPiece().setMaxLength(2).transformSchema(SCHEMA))
        .hasMessage(
            "pieces: maxLength must be 0 or more than 2, for so many special tokens are put around"
                + " each text, but is 2");
    assertThatThrownBy(
            () -> wordPiece().setLongRows("split").setPieceCol("ids").transformSchema(SCHEMA))
        .hasMessage("pieces: pieceCol and outputCol must differ, but both are 'ids'.");
    assertThatThrownBy(() -> wordPiece().setLongRows("cut"))
        .hasMessage("pieces parameter longRows given invalid value cut.");
  }
}
