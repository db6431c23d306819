package io.github.sparkattention.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sparkattention.CausalScorer;
import io.github.sparkattention.SentenceEmbedder;
import io.github.sparkattention.TokenizerStage;
import io.github.sparkattention.it.CommandLineProcess.Result;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.checkpoints.Model;
import io.github.sparkattention.kernels.checkpoints.ModelWriter;
import io.github.sparkattention.kernels.contract.SeededWeights;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that read texts and ids, run as processes with Spark. */
class TextCommandsTest {
  private static final String[] TEXTS = {
    "The cat sits outside", "A man is playing guitar", "", "cat ".repeat(300).strip()
  };

  /** Tokens of {@link #TEXTS}, special ones included; the last is longer than the model takes. */
  private static final int[] TOKENS = {6, 7, 2, 302};

  private static final int[][] IDS = {{1, 2, 3, 4}, {5}, {}, {6, 5, 4, 3, 2, 1}};

  @TempDir static Path folder;
  private static Path miniLm;
  private static Path gpt;

  @BeforeAll
  static void writeModelsAndRows() throws Exception {
    // As the demo lays it out; its rows don't matter.
    miniLm = DemoRun.shared().folder().resolve("all-MiniLM-L6-v2");
    gpt = folder.resolve("gpt");
    ModelConfig config = ModelConfig.book(7, 8, 16, 2, 2, false);
    Tensors tensors = SeededWeights.gpt(config, 123);
    ModelWriter.write(new Model(config, tensors, null, false), gpt);

    List<Row> texts = new ArrayList<>();
    for (String text : TEXTS) {
      texts.add(RowFactory.create((long) texts.size(), text));
    }
    rows(texts, new StructType().add("id", "bigint").add("text", "string"), "texts");
    rows(texts.subList(0, 3), new StructType().add("id", "bigint").add("text", "string"), "short");
    List<Row> ids = new ArrayList<>();
    for (int[] row : IDS) {
      ids.add(RowFactory.create((long) ids.size(), Arrays.stream(row).boxed().toList()));
    }
    StructType type =
        new StructType()
            .add("id", "bigint")
            .add("seen", DataTypes.createArrayType(DataTypes.IntegerType));
    rows(ids, type, "ids");
  }

  private static void rows(List<Row> rows, StructType type, String name) {
    LocalSpark.session().createDataFrame(rows, type).write().parquet(uri(name));
  }

  private static String uri(String name) {
    return folder.resolve(name).toUri().toString();
  }

  private static Dataset<Row> read(String name) {
    return LocalSpark.session().read().parquet(uri(name));
  }

  private static Result run(String command, Path model, String input, String output, String... more)
      throws Exception {
    List<String> args = new ArrayList<>();
    args.addAll(List.of(command, "--model", model.toString(), "--master", "local[2]"));
    args.addAll(List.of("--input", uri(input), "--output", uri(output)));
    args.addAll(List.of(more));
    return CommandLineProcess.run(args.toArray(String[]::new));
  }

  @Test
  void textsBecomeVectorsWithPoolingAndLengthsOfTheModelsOwnFiles() throws Exception {
    Result result = run("embed", miniLm, "short", "vectors");
    assertThat(result.errors()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(result.value("model")).startsWith("bert, not causal, 6 layers of width 384");
    assertThat(result.value("files")).contains("pooled by MEAN and normalized");
    assertThat(result.value("length")).isEqualTo("at most 256 ids");
    assertThat(result.value("rows")).isEqualTo("3");
    assertThat(result.value("tokens")).isEqualTo("" + (TOKENS[0] + TOKENS[1] + TOKENS[2]));

    List<Row> rows = read("vectors").orderBy("id").collectAsList();
    assertThat(read("vectors").columns()).containsExactly("id", "text", "embedding");
    Vector cat = rows.get(0).getAs("embedding");
    assertThat(cat.size()).isEqualTo(384);
    assertThat(cat.apply(0)).isCloseTo(0.13919108, within(1e-6));
    assertThat(cat.apply(383)).isCloseTo(0.06362091, within(1e-6));
    Vector guitar = rows.get(1).getAs("embedding");
    assertThat(guitar.apply(0)).isCloseTo(0.02266133, within(1e-6));

    PipelineModel pipeline = SentenceEmbedder.load(miniLm.toUri().toString(), (name, value) -> {});
    List<Row> inProcess = pipeline.transform(read("short")).orderBy("id").collectAsList();
    for (int i = 0; i < rows.size(); i++) {
      Object expected = inProcess.get(i).getAs("embedding");
      assertThat(rows.get(i).<Object>getAs("embedding")).isEqualTo(expected);
    }
  }

  @Test
  void aTextThatIsTooLongIsRefusedAndCutOnlyWhereThatIsAskedFor() throws Exception {
    Result refused = run("embed", miniLm, "texts", "refused");
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.errors())
        .singleElement()
        .asString()
        .startsWith("spark-attention embed: ")
        .contains("a text in column 'text' has 302 ids, but maxLength is 256");
    assertThat(folder.resolve("refused")).doesNotExist();

    Result cut =
        run("embed", miniLm, "texts", "cut", "--long-rows", "truncate", "--format", "array");
    assertThat(cut.errors()).isEmpty();
    assertThat(cut.value("tokens")).isEqualTo("" + (TOKENS[0] + TOKENS[1] + TOKENS[2] + 256));
    assertThat(read("cut").schema().apply("embedding").dataType().catalogString())
        .isEqualTo("array<float>");
    PipelineModel pipeline = SentenceEmbedder.load(miniLm.toUri().toString(), (name, value) -> {});
    ((TokenizerStage<?>) pipeline.stages()[0]).setLongRows("truncate");
    Row last = pipeline.transform(read("texts")).orderBy("id").collectAsList().get(3);
    float[] expected = new float[384];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (float) last.<Vector>getAs("embedding").apply(i);
    }
    List<Float> written = read("cut").orderBy("id").collectAsList().get(3).getList(2);
    assertThat(written).containsExactly(boxed(expected));
  }

  private static Float[] boxed(float[] values) {
    Float[] boxed = new Float[values.length];
    for (int i = 0; i < values.length; i++) {
      boxed[i] = values[i];
    }
    return boxed;
  }

  @Test
  void idsAreScoredWithoutATokenizerAndTextsNeedOne() throws Exception {
    Result result = run("score", gpt, "ids", "scores", "--input-col", "seen");
    assertThat(result.errors()).isEmpty();
    assertThat(result.code()).isZero();
    assertThat(result.value("tokens")).isEqualTo("11");
    assertThat(read("scores").columns())
        .containsExactly("id", "seen", "log_probabilities", "log_probability", "perplexity");
    List<Row> expected =
        CausalScorer.ofIds(gpt.toUri().toString())
            .setInputCol("seen")
            .transform(read("ids"))
            .orderBy("id")
            .collectAsList();
    assertThat(read("scores").orderBy("id").collectAsList())
        .map(Row::toString)
        .isEqualTo(expected.stream().map(Row::toString).toList());
    assertThat(expected.get(0).getList(2)).hasSize(IDS[0].length - 1);
    assertThat(expected.get(1).isNullAt(4)).isTrue();

    Result texts = run("score", gpt, "short", "none");
    assertThat(texts.code()).isEqualTo(1);
    assertThat(texts.errors())
        .singleElement()
        .asString()
        .contains("a folder with a tokenizer must hold tokenizer.json");
  }

  @Test
  void aModelIsDescribedOrRefusedInOneSentence() throws Exception {
    Result encoder = CommandLineProcess.run("model", miniLm.toString());
    assertThat(encoder.errors()).isEmpty();
    assertThat(encoder.value("architecture")).startsWith("bert, not causal, 6 layers of width 384");
    assertThat(encoder.value("parameters")).isEqualTo("22,565,376 floats");
    assertThat(encoder.value("scores ids")).isEqualTo("no, the model gives vectors only");
    assertThat(encoder.value("tokenizer")).contains("30,522 ids", "at most 256 ids");
    assertThat(encoder.value("memory")).startsWith("86 MiB of weights");

    Result book = CommandLineProcess.run("model", gpt.toString());
    assertThat(book.value("scores ids")).isEqualTo("yes, by a table of its own");
    assertThat(book.value("tokenizer")).startsWith("none: ");

    Path missing = folder.resolve("missing");
    Result refused = CommandLineProcess.run("model", missing.toString());
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.errors())
        .singleElement()
        .asString()
        .contains(
            "must be a folder with a model, or a file of weights, but doesn't exist",
            missing.toString());

    Path other = Files.createDirectories(folder.resolve("t5"));
    Files.writeString(other.resolve("config.json"), "{\"model_type\": \"t5\"}");
    Result unknown = CommandLineProcess.run("model", other.toString());
    assertThat(unknown.code()).isEqualTo(1);
    assertThat(unknown.errors()).singleElement().asString().contains("model_type", "t5");
  }
}
