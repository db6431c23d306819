package io.github.sparkattention;

import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.checkpoints.Checkpoint;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.spark.ml.PipelineModel;

/**
 * Texts to probabilities in one line:
 *
 * <pre>{@code
 * CausalScorer.load("hdfs:///models/gpt2").transform(texts)
 * }</pre>
 *
 * <p>What it loads is a pipeline of a tokenizer, column {@code text} to {@code ids}, and of a
 * {@link LanguageModel}, which adds {@code log_probabilities}, one for each id after the first,
 * {@code log_probability}, their sum, and {@code perplexity}. Special tokens and the longest text
 * are those of the checkpoint's own files. A longer text is refused, unless {@link
 * TokenizerStage#setLongRows} says otherwise.
 */
public final class CausalScorer {
  /** The column of the log-probabilities of each row's ids. */
  public static final String LOG_PROBABILITIES = "log_probabilities";

  /** The column of the log-probability of each row. */
  public static final String LOG_PROBABILITY = "log_probability";

  /** The column of the perplexity of each row. */
  public static final String PERPLEXITY = "perplexity";

  private CausalScorer() {}

  /**
   * Loads a checkpoint, and prints what its files say.
   *
   * @param path a folder with a model and its tokenizer, on any file system that Hadoop knows
   * @return a pipeline of a {@link BpeTokenizer} or {@link WordPieceTokenizer} and a {@link
   *     LanguageModel}, whose params may be set
   * @throws IllegalArgumentException if the model or its tokenizer is missing, damaged, or can't be
   *     computed exactly, or if the model scores no ids; the message says which and why, in one
   *     sentence
   */
  public static PipelineModel load(String path) {
    return load(path, SentenceEmbedder::print);
  }

  /**
   * Loads a checkpoint, and says what its files say.
   *
   * @param path a folder with a model and its tokenizer, on any file system that Hadoop knows
   * @param lines receives the name and the value of each line
   * @return as {@link #load(String)} does
   * @throws IllegalArgumentException as {@link #load(String)} does
   */
  public static PipelineModel load(String path, BiConsumer<String, String> lines) {
    TextModel model = TextModel.open(path);
    Checkpoint checkpoint = model.files().model().checkpoint();
    if (checkpoint.config().head() == ModelConfig.Head.NONE) {
      throw new IllegalArgumentException(
          String.format(
              "'%s' must hold a model that scores ids, but holds a %s without a head",
              path, checkpoint.architecture()));
    }
    PipelineModel pipeline = model.pipeline(scoring(model.model()));
    model.files().describe(lines);
    return pipeline;
  }

  /**
   * Loads a checkpoint, and keeps what its files say, for callers that can't give a function to
   * Java, such as Python.
   *
   * @param path a folder with a model and its tokenizer, on any file system that Hadoop knows
   * @param lines receives the lines that {@link #load(String)} prints
   * @return as {@link #load(String)} does
   * @throws IllegalArgumentException as {@link #load(String)} does
   */
  public static PipelineModel load(String path, List<String> lines) {
    return load(path, (name, value) -> lines.add(SentenceEmbedder.line(name, value)));
  }

  /**
   * A model without a tokenizer, for rows that have ids already.
   *
   * @param checkpoint the path of a model, on any file system that Hadoop knows
   * @return a stage that adds the same three columns to rows with a column {@code ids}
   */
  public static LanguageModel ofIds(String checkpoint) {
    return scoring(new LanguageModel().setCheckpoint(checkpoint).setInputCol(TextModel.IDS));
  }

  private static LanguageModel scoring(LanguageModel model) {
    return model
        .setLogProbabilitiesCol(LOG_PROBABILITIES)
        .setLogProbabilityCol(LOG_PROBABILITY)
        .setPerplexityCol(PERPLEXITY);
  }
}
