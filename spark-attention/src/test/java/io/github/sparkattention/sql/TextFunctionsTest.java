package io.github.sparkattention.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.CausalScorer;
import io.github.sparkattention.SentenceEmbedder;
import io.github.sparkattention.TextModels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.lang3.exception.ExceptionUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts in SQL: the same bits as the stages, and one operator for all that is asked of a text. */
class TextFunctionsTest {
  @TempDir private static Path folder;

  private static SparkSession session;
  private static String encoder;
  private static String scorer;

  @BeforeAll
  static void write() throws Exception {
    session = ExtendedSession.get();
    encoder = TextModels.encoder(folder.resolve("encoder"), 3);
    scorer = TextModels.scorer(folder.resolve("scorer"), 5);
    texts().createOrReplaceTempView("some_texts");
  }

  private static Dataset<Row> texts() {
    return session
        .createDataset(Arrays.asList("a b c", "", null, "abc cab", "b"), Encoders.STRING())
        .toDF("text");
  }

  private static List<Row> sql(String query) {
    return session.sql(query).collectAsList();
  }

  @Test
  void embedGivesTheVectorsOfSentenceEmbedderAndNullForNull() {
    List<Row> rows = sql("select text, embed(text, '" + encoder + "') from some_texts");
    List<Row> expected =
        SentenceEmbedder.load(encoder, (name, value) -> {})
            .transform(texts().na().drop())
            .select("text", "embedding")
            .collectAsList();
    assertThat(rows.stream().filter(row -> !row.isNullAt(0)).toList()).isEqualTo(expected);
    assertThat(rows.stream().filter(row -> row.isNullAt(0)))
        .singleElement()
        .matches(row -> row.isNullAt(1));
    assertThat(sql("select embed(null, '" + encoder + "')").get(0).isNullAt(0)).isTrue();
  }

  @Test
  void scoresOfOneTextAreComputedAtOnce() {
    String query =
        String.format(
            "select text, log_probability(text, '%1$s'), perplexity(text, '%1$s') from some_texts"
                + " where text is not null",
            scorer);
    List<Row> expected =
        CausalScorer.load(scorer, (name, value) -> {})
            .transform(texts().na().drop())
            .select("text", "log_probability", "perplexity")
            .collectAsList();
    assertThat(sql(query)).isEqualTo(expected);
    String plan = session.sql(query).queryExecution().executedPlan().toString();
    assertThat(plan.split("BatchAttention", -1)).hasSize(2);
  }

  @Test
  void aModelThatWasReplacedIsReadAgain() throws Exception {
    Path path = folder.resolve("replaced");
    String query = "select embed('a b', '" + TextModels.encoder(path, 1) + "')";
    Object before = sql(query).get(0).get(0);
    assertThat(sql(query).get(0).get(0)).isEqualTo(before);
    Files.move(path, folder.resolve("old"));
    TextModels.encoder(path, 2);
    assertThat(sql(query).get(0).get(0)).isNotEqualTo(before);
  }

  @Test
  void wrongCallsAreRefusedInOneSentence() {
    assertRefused(
        "select embed('a', '" + scorer + "')",
        "embed needs a model whose files say how vectors are pooled, but those of '");
    assertRefused(
        "select perplexity('a', '" + encoder + "')",
        "perplexity needs a model that scores ids, but '" + encoder + "' holds a bert without a");
    assertRefused(
        "select embed(1, '" + encoder + "')",
        "embed needs a string as first argument, but was given 1, which is int");
    assertRefused("select embed('a')", "embed takes 2 arguments, a text and the path of a model");
    assertRefused(
        "select embed(text, text) from some_texts",
        "embed needs a constant string as second argument, the path of a model, but was given");
    assertRefused("select embed('a', '/no/such/model')", "/no/such/model");
    assertRefused(
        "select embed('" + "a ".repeat(20) + "', '" + encoder + "')",
        "has 22 ids, but the model takes " + TextModels.LONGEST + "; shorten it");
  }

  private static void assertRefused(String query, String message) {
    assertThatThrownBy(() -> sql(query))
        .extracting(thrown -> ExceptionUtils.getRootCause(thrown).getMessage())
        .asString()
        .contains(message);
  }
}
