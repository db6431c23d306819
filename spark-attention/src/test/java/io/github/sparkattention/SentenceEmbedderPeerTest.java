package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.onnx.allminilml6v2.AllMiniLmL6V2EmbeddingModel;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Texts to vectors in one line, beside langchain4j's model, which has its tokenizer from Hugging
 * Face and computes in ONNX Runtime.
 */
class SentenceEmbedderPeerTest {
  /** Of no more than 128 ids, at which the other cuts, and not blank, which it refuses. */
  private static final List<String> TEXTS =
      List.of(
          "The cat sits outside",
          "A man is playing guitar.",
          "Café naïve, 東京 and \uD83D\uDE00 in one text",
          "unaffable antidisestablishmentarianism 3.14159 e-mail@example.org",
          "to be or not to be ".repeat(3));

  @Test
  void vectorsAreThoseOfLangchain4j(@TempDir Path folder) throws Exception {
    MiniLm.write(folder);
    Dataset<Row> texts = LocalSpark.session().createDataset(TEXTS, Encoders.STRING()).toDF("text");
    List<Row> rows =
        SentenceEmbedder.load(folder.toString(), (name, value) -> {})
            .transform(texts)
            .select("text", SentenceEmbedder.EMBEDDING)
            .collectAsList();
    EmbeddingModel other = new AllMiniLmL6V2EmbeddingModel();
    assertThat(rows).hasSameSizeAs(TEXTS);
    for (Row row : rows) {
      double[] ours = row.<Vector>getAs(1).toArray();
      float[] theirs = other.embed(row.getString(0)).content().vector();
      assertThat(ours).hasSameSizeAs(theirs);
      for (int i = 0; i < ours.length; i++) {
        assertThat(ours[i])
            .as("'%s', dimension %d", row.getString(0), i)
            .isCloseTo(theirs[i], within(1e-6));
      }
    }
  }
}
