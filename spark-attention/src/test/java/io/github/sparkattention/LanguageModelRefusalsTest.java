package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.sparkattention.kernels.Pooling;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.checkpoints.Model;
import io.github.sparkattention.kernels.checkpoints.ModelWriter;
import io.github.sparkattention.kernels.contract.SeededWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a whole model refuses, each in one sentence. */
class LanguageModelRefusalsTest {
  @TempDir private Path folder;

  @BeforeEach
  void startSpark() {
    LocalSpark.session();
  }

  private static LanguageModel drawn() {
    return new LanguageModel("model")
        .setVocabulary(50)
        .setContextLength(4)
        .setWidth(8)
        .setNumHeads(2)
        .setNumLayers(2)
        .setSeed(1)
        .setBackend("threads");
  }

  private LanguageModel encoder() {
    Path path = folder.resolve("model");
    if (!Files.exists(path)) {
      TinyModels.encoder(path, 9, null, false);
    }
    return new LanguageModel("model").setCheckpoint(path.toString()).setBackend("threads");
  }

  /** What a stage says to a schema, on the driver. */
  private static AbstractThrowableAssert<?, ?> schema(LanguageModel stage) {
    return schema(stage, DataTypes.IntegerType);
  }

  private static AbstractThrowableAssert<?, ?> schema(LanguageModel stage, DataType number) {
    return assertThatThrownBy(() -> stage.transformSchema(TinyModels.schema(number)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** What a stage says to one row, whose place comes before. */
  private static AbstractThrowableAssert<?, ?> row(LanguageModel stage, Integer... ids) {
    Row row = RowFactory.create(0L, ids == null ? null : Arrays.asList(ids));
    Dataset<Row> rows =
        LocalSpark.session()
            .createDataFrame(List.of(row), TinyModels.schema(DataTypes.IntegerType))
            .coalesce(1);
    Throwable thrown = root(catchThrowable(() -> stage.transform(rows).collectAsList()));
    return assertThat(thrown).isExactlyInstanceOf(RuntimeException.class);
  }

  private static Throwable root(Throwable thrown) {
    assertThat(thrown).isNotNull();
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  private static String ofRow(String fault) {
    return "model: column 'ids', partition 0, row 0: "
        + fault
        + ". Set handleInvalid to 'skip' to drop such rows, or to 'keep' for null results.";
  }

  @Test
  void rowsThatTheModelCannotTake() {
    LanguageModel stage = drawn().setOutputCol("v");
    row(stage, 1, 50)
        .hasMessage(ofRow("the id at position 1 is 50, but the model's ids are 0 to 49"));
    row(stage, -1).hasMessage(ofRow("the id at position 0 is -1, but the model's ids are 0 to 49"));
    row(stage, 1, 2, null).hasMessage(ofRow("the id at position 2 is null"));
    row(stage, 1, 2, 3, 4, 5)
        .hasMessage(
            ofRow(
                "the sequence has 5 ids, but the model takes 4 at most; the tokenizer's maxLength"
                    + " and longRows decide what becomes of long texts"));
    row(stage, (Integer[]) null).hasMessage(ofRow("the sequence is null"));
    row(
            drawn()
                .setAttentionWeightsCol("w")
                .setAttentionLayer(0)
                .setMaxAttentionWeightsLength(2),
            1,
            2,
            3)
        .hasMessage(
            ofRow(
                "the sequence has 3 tokens, more than maxAttentionWeightsLength, which is 2 and"
                    + " bounds the attention weights of column 'w' (attentionWeightsCol)"));
  }

  /** The book's model, with one of its tensors so large that what it makes overflows. */
  private LanguageModel overflowing(String tensor) throws IOException {
    Tensors drawn = SeededWeights.gpt(TinyModels.BOOK, 1);
    Tensors.Builder tensors = Tensors.builder();
    drawn
        .shapes()
        .forEach(
            (name, shape) -> {
              float[] values = drawn.values(name).clone();
              if (name.equals(tensor)) {
                Arrays.fill(values, Float.MAX_VALUE);
              }
              tensors.add(name, values, shape);
            });
    Path path = folder.resolve("overflowing " + tensor);
    ModelWriter.write(new Model(TinyModels.BOOK, tensors.build(), null, false), path);
    return new LanguageModel("model").setCheckpoint(path.toString()).setBackend("threads");
  }

  @Test
  void resultsThatAreNotFinite() throws IOException {
    String cause = ", since values or weights are too large for float arithmetic";
    row(overflowing("blocks.0.up.weight").setOutputCol("v"), 1, 2)
        .hasMessageMatching(
            Pattern.quote("model: column 'ids', partition 0, row 0: the vector of token ")
                + "[01] is (NaN|-?Infinity) at dimension [0-7]"
                + Pattern.quote(ofRow(cause).replaceAll("^.*row 0: ", "")));
    LanguageModel head = overflowing("head.weight");
    row(head.copy(head.extractParamMap()).setLogProbabilityCol("l"), 1, 2)
        .hasMessageContaining("a log-probability of its ids is ")
        .hasMessageContaining(cause);
    row(head.copy(head.extractParamMap()).setNextTokensCol("n"), 1, 2)
        .hasMessageContaining("a log-probability of its ids is ");
    // Whoever asks for no probabilities doesn't need the head.
    assertThat(head.setOutputCol("v").transform(TinyModels.rows(List.of(new int[] {1, 2}))).count())
        .isEqualTo(1);
  }

  @Test
  void refusedRowsAreSkippedOrKeptAsAsked() {
    Dataset<Row> rows = TinyModels.rows(List.of(new int[] {1}, new int[] {77}, new int[9]));
    LanguageModel stage = drawn().setPooledCol("p").setPooling("last").setPerplexityCol("x");
    assertThat(stage.copy(stage.extractParamMap()).setHandleInvalid("skip").transform(rows).count())
        .isEqualTo(1);
    Dataset<Row> kept =
        stage.copy(stage.extractParamMap()).setHandleInvalid("keep").transform(rows);
    assertThat(kept.filter("p is null").count()).isEqualTo(2);
  }

  @Test
  void stagesWithoutAModelOrAColumn() {
    schema(new LanguageModel("model").setOutputCol("v"))
        .hasMessage(
            "model: the stage has no weights; set checkpoint to a folder or a file with a model, or"
                + " set seed to draw those of the book's GPTModel");
    schema(new LanguageModel("model").setOutputCol("v").setSeed(1).setVocabulary(9))
        .hasMessage(
            "model: contextLength is not set; set vocabulary, contextLength, width, numHeads and"
                + " numLayers, or checkpoint, which decides them");
    schema(drawn().setNumHeads(3).setOutputCol("v"))
        .hasMessage("model: heads must divide the width 8, but are 3");
    schema(drawn())
        .hasMessage(
            "model: nothing is to be computed; name a column by outputCol, pooledCol,"
                + " hiddenStatesCol, attentionWeightsCol, logProbabilitiesCol, logProbabilityCol,"
                + " perplexityCol or nextTokensCol");
  }

  @Test
  void columnsThatTheModelCannotGive() {
    schema(drawn().setPooledCol("p"))
        .hasMessage(
            "model: pooledCol is 'p', but the model doesn't say how to pool; set pooling to last,"
                + " mean, max or cls");
    schema(encoder().setPooledCol("p"))
        .hasMessage(
            "model: pooledCol is 'p', but the model doesn't say how to pool; set pooling to last,"
                + " mean, max or cls");
    for (String param :
        List.of("logProbabilitiesCol", "logProbabilityCol", "perplexityCol", "nextTokensCol")) {
      LanguageModel stage = encoder();
      stage.set(param, "x");
      schema(stage)
          .hasMessage(
              "model: "
                  + param
                  + " asks for probabilities of ids, but the model has no head that scores ids");
    }
    schema(drawn().setHiddenStatesCol("h"))
        .hasMessage(
            "model: hiddenStatesCol is 'h', but hiddenLayer is not set; set it to one of the"
                + " model's layers, 0 to 2");
    schema(drawn().setHiddenStatesCol("h").setHiddenLayer(3))
        .hasMessage("model: hiddenLayer must be one of the model's layers, 0 to 2, but is 3");
    schema(drawn().setAttentionWeightsCol("w"))
        .hasMessage(
            "model: attentionWeightsCol is 'w', but attentionLayer is not set; set it to one of the"
                + " model's layers, 0 to 1");
    schema(drawn().setAttentionWeightsCol("w").setAttentionLayer(2))
        .hasMessage("model: attentionLayer must be one of the model's layers, 0 to 1, but is 2");
    schema(drawn().setNextTokensCol("n").setNextTokens(51))
        .hasMessage("model: nextTokens must be at most the vocabulary, which is 50, but is 51");
  }

  @Test
  void columnsThatDoNotFit() {
    schema(drawn().setOutputCol("v"), DataTypes.FloatType)
        .hasMessage(
            "model: Column 'ids' must be array<int>, or an array of bigint, smallint or tinyint,"
                + " but is array<float>.");
    schema(drawn().setOutputCol("v"), TinyModels.schema(DataTypes.IntegerType))
        .hasMessage(
            "model: Column 'ids' must be array<int>, or an array of bigint, smallint or tinyint,"
                + " but is array<struct<id:bigint,ids:array<int>>>.");
    schema(drawn().setOutputCol("id"))
        .hasMessage(
            "model: Column 'id' exists already; drop it, or set outputCol to another name.");
    schema(drawn().setOutputCol("v").setPerplexityCol("v"))
        .hasMessage("model: outputCol and perplexityCol must differ, but are 'v' and 'v'.");
  }

  @Test
  void paramsThatContradictTheCheckpoint() {
    String path = encoder().getCheckpoint();
    schema(encoder().setOutputCol("v").setWidth(13))
        .hasMessage("model: width is set to 13, but it is 12 by the model at '" + path + "'");
    schema(encoder().setOutputCol("v").setQkvBias(false))
        .hasMessage(
            "model: qkvBias is set to false, but it is true by the model at '" + path + "'");
    assertThat(encoder().setNumLayers(3).setVocabulary(40).config()).isEqualTo(TinyModels.ENCODER);
  }

  @Test
  void filesThatHoldNoSuchModel() throws IOException {
    String missing = folder.resolve("nowhere").toString();
    schema(new LanguageModel("model").setCheckpoint(missing).setOutputCol("v"))
        .hasMessage(
            "model: "
                + missing
                + ": must be a folder with a model, or a file of weights, but doesn't exist");

    LanguageModel stage = encoder().setOutputCol("v");
    Path config = Path.of(stage.getCheckpoint(), "config.json");
    String settings = Files.readString(config);
    Files.writeString(config, settings.replace("\"bert\"", "\"t5\""));
    schema(stage)
        .hasMessageStartingWith("model: " + config + ": ")
        .hasMessageContaining("model_type")
        .hasMessageContaining("t5");
    Files.writeString(config, settings.replaceAll("(num_hidden_layers\"\\s*:\\s*)3", "$14"));
    schema(stage).hasMessageContaining("is missing");
    Files.writeString(config, settings);

    Path weights = Path.of(stage.getCheckpoint(), "model.safetensors");
    byte[] bytes = Files.readAllBytes(weights);
    Files.write(weights, Arrays.copyOf(bytes, bytes.length / 2));
    schema(stage).hasMessageStartingWith("model: " + weights + ": ");
  }

  @Test
  void filesThatChangeBeforeTheirWeightsAreRead() throws IOException {
    LanguageModel stage = encoder().setOutputCol("v");
    Dataset<Row> result = stage.transform(TinyModels.rows(List.of(new int[] {1, 2})));
    Path weights = Path.of(stage.getCheckpoint(), "model.safetensors");
    Files.setLastModifiedTime(weights, FileTime.fromMillis(1_000_000));
    assertThat(root(catchThrowable(result::collectAsList)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            String.format(
                "the model at '%s' must stay as it is while it is in use, but 'file:%s' has"
                    + " changed",
                stage.getCheckpoint(), weights));
  }

  @Test
  void poolingThatFilesSayNeedsNoParam() {
    String path = TinyModels.encoder(folder.resolve("sentences"), 9, Pooling.CLS, false);
    assertThat(
            new LanguageModel()
                .setCheckpoint(path)
                .setPooledCol("p")
                .transformSchema(TinyModels.schema(DataTypes.IntegerType))
                .fieldNames())
        .containsExactly("id", "ids", "p");
  }
}
