package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The GPTModel of "Build a Large Language Model (from Scratch)", chapter 5, with its 163 million
 * weights drawn after {@code torch.manual_seed(123)}, as a stage.
 */
@Tag("nightly")
class BookStageTest {
  /** The book prints four decimals. */
  private static final double PRINTED = 2e-4;

  private static final List<int[]> SEQUENCES =
      List.of(new int[] {16833, 3626, 6100, 345}, new int[] {40, 1107, 588, 11311});
  private static final double[][] LOG_PROBABILITIES = {
    {-9.5042, -10.3796, -11.3677}, {-11.4798, -9.7764, -12.2561}
  };
  private static final double PERPLEXITY = 48725.8203;

  @Test
  void logProbabilitiesAndPerplexityAreTheBooks() {
    LanguageModel stage =
        new LanguageModel()
            .setVocabulary(50257)
            .setContextLength(256)
            .setWidth(768)
            .setNumHeads(12)
            .setNumLayers(12)
            .setSeed(123)
            .setBackend("threads")
            .setLogProbabilitiesCol("each")
            .setPerplexityCol("perplexity");
    List<Row> rows = stage.transform(TinyModels.rows(SEQUENCES)).orderBy("id").collectAsList();
    double sum = 0;
    for (int row = 0; row < LOG_PROBABILITIES.length; row++) {
      List<Float> each = rows.get(row).getList(2);
      assertThat(each).hasSize(LOG_PROBABILITIES[row].length);
      double ofRow = 0;
      for (int i = 0; i < each.size(); i++) {
        assertThat((double) each.get(i)).isCloseTo(LOG_PROBABILITIES[row][i], within(PRINTED));
        ofRow += each.get(i);
      }
      assertThat(rows.get(row).getDouble(3))
          .isCloseTo(Math.exp(-ofRow / each.size()), within(1e-6 * PERPLEXITY));
      sum += ofRow;
    }
    assertThat(Math.exp(-sum / 6)).isCloseTo(PERPLEXITY, within(1e-4 * PERPLEXITY));
  }
}
