package io.github.sparkattention;

import io.github.sparkattention.internal.files.TextCheckpoint;
import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.text.BytePairs;
import java.util.List;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.SparkSession;

/**
 * The two stages of a checkpoint that has all that a text needs.
 *
 * @param path the checkpoint's path
 * @param files what its files say
 */
record TextModel(String path, TextCheckpoint files) {
  static final String TEXT = "text";
  static final String IDS = "ids";

  /**
   * Opens a checkpoint.
   *
   * @throws IllegalArgumentException as {@link TextCheckpoint#open} does
   */
  static TextModel open(String path) {
    SparkSession session = SparkSession.active();
    return new TextModel(path, TextCheckpoint.open(SparkInternals.hadoopConf(session), path, null));
  }

  /** The stage that makes ids of texts. */
  private TokenizerStage<?> tokenizer() {
    TokenizerStage<?> stage =
        files.tokenizer().tokenizer() instanceof BytePairs
            ? new BpeTokenizer()
            : new WordPieceTokenizer();
    stage.setCheckpoint(path);
    stage.setInputCol(TEXT);
    stage.setOutputCol(IDS);
    stage.setMaxLength(files.maxLength());
    return stage;
  }

  /** The stage that runs the model on ids, without any output column. */
  LanguageModel model() {
    return new LanguageModel().setCheckpoint(path).setInputCol(IDS);
  }

  /** Both as one, with the output columns that the model's stage names. */
  PipelineModel pipeline(LanguageModel model) {
    return SparkInternals.pipelineModel(List.of(tokenizer(), model));
  }
}
