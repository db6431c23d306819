package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A checkpoint's tokenizer and model, loaded in one line. */
class TextModelTest {
  private static final List<String> TEXTS = List.of("a b c", "", "abc cab", "Ab, z?", "b");

  @TempDir private Path folder;

  @BeforeAll
  static void openASession() {
    LocalSpark.session();
  }

  private static Dataset<Row> texts() {
    return LocalSpark.session().createDataset(TEXTS, Encoders.STRING()).toDF("text");
  }

  @Test
  void anEmbedderIsTheTokenizerAndTheModelWithWhatTheirFilesSay() throws Exception {
    String path = TextModels.encoder(folder.resolve("model"), 3);
    Map<String, String> said = new TreeMap<>();
    PipelineModel pipeline = SentenceEmbedder.load(path, said::put);
    assertThat(said.get("model")).isEqualTo("bert, not causal, 3 layers of width 12, 3 heads of 4");
    assertThat(said.get("files")).contains("vectors are pooled by MEAN and normalized");
    assertThat(said.get("tokenizer"))
        .isEqualTo("WordPiece, 36 ids, 2 special tokens around a text");
    assertThat(said.get("length")).isEqualTo("at most " + TextModels.LONGEST + " ids");

    List<Row> rows = pipeline.transform(texts()).collectAsList();
    WordPieceTokenizer tokenizer = new WordPieceTokenizer().setCheckpoint(path);
    LanguageModel model = new LanguageModel().setCheckpoint(path).setPooledCol("embedding");
    List<Row> apart = model.transform(tokenizer.transform(texts())).collectAsList();
    assertThat(rows).isEqualTo(apart);
    assertThat(rows.get(0).getList(1)).containsExactly(2, 5, 6, 7, 3);
  }

  @Test
  void whatTheFilesSayIsKeptAsLinesToo() throws Exception {
    String path = TextModels.encoder(folder.resolve("model"), 3);
    List<String> lines = new ArrayList<>();
    SentenceEmbedder.load(path, lines);
    assertThat(lines)
        .startsWith("model        bert, not causal, 3 layers of width 12, 3 heads of 4")
        .contains("tokenizer    WordPiece, 36 ids, 2 special tokens around a text");
    String scorer = TextModels.scorer(folder.resolve("scorer"), 5);
    lines.clear();
    CausalScorer.load(scorer, lines);
    assertThat(lines).element(2).asString().startsWith("tokenizer    ");
  }

  @Test
  void aSavedPipelineNeedsNothingElseAndGivesTheSameBits() throws Exception {
    PipelineModel pipeline =
        SentenceEmbedder.load(TextModels.encoder(folder.resolve("model"), 3), (name, value) -> {});
    List<Row> before = pipeline.transform(texts()).collectAsList();
    String saved = folder.resolve("saved").toUri().toString();
    pipeline.save(saved);
    Files.move(folder.resolve("model"), folder.resolve("gone"));
    assertThat(PipelineModel.load(saved).transform(texts()).collectAsList()).isEqualTo(before);
  }

  @Test
  void aScorerGivesWhatTheIdsAloneGive() throws Exception {
    String path = TextModels.scorer(folder.resolve("model"), 5);
    List<String> said = new ArrayList<>();
    PipelineModel pipeline = CausalScorer.load(path, (name, value) -> said.add(name));
    assertThat(said).startsWith("model", "files", "tokenizer", "length");
    Dataset<Row> scored = pipeline.transform(texts());
    assertThat(scored.columns())
        .containsExactly("text", "ids", "log_probabilities", "log_probability", "perplexity");
    List<Row> ofIds =
        CausalScorer.ofIds(path).transform(scored.select("text", "ids")).collectAsList();
    assertThat(scored.collectAsList()).isEqualTo(ofIds);
    assertThat(ofIds.get(0).getList(2)).hasSize(4);
  }

  @Test
  void whatDoesNotFitIsRefusedInOneSentence() throws Exception {
    String encoder = TextModels.encoder(folder.resolve("encoder"), 3);
    assertThatThrownBy(() -> CausalScorer.load(encoder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "'%s' must hold a model that scores ids, but holds a bert without a head", encoder);

    Files.writeString(folder.resolve("encoder/vocab.txt"), vocabulary(60));
    assertThatThrownBy(() -> SentenceEmbedder.load(encoder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must give ids below 40, which is the model's vocabulary, but gives");

    Files.delete(folder.resolve("encoder/vocab.txt"));
    assertThatThrownBy(() -> SentenceEmbedder.load(encoder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a folder with a tokenizer must hold tokenizer.json, vocab.txt, or");

    String missing = folder.resolve("missing").toString();
    assertThatThrownBy(() -> SentenceEmbedder.load(missing))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(missing)
        .hasMessageContaining("doesn't exist");
  }

  private static String vocabulary(int words) {
    StringBuilder lines = new StringBuilder("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n");
    for (int i = 0; i < words; i++) {
      lines.append("word").append(i).append('\n');
    }
    return lines.toString();
  }
}
