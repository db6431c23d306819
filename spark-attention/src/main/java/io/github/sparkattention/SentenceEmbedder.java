package io.github.sparkattention;

import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import org.apache.spark.ml.PipelineModel;

/**
 * Texts to vectors in one line:
 *
 * <pre>{@code
 * SentenceEmbedder.load("hdfs:///models/all-MiniLM-L6-v2").transform(texts)
 * }</pre>
 *
 * <p>What it loads is a pipeline of a tokenizer, column {@code text} to {@code ids}, and of a
 * {@link LanguageModel}, {@code ids} to {@code embedding}: one vector a row. Special tokens,
 * pooling, normalization and the longest text are those of the checkpoint's own files. A longer
 * text is refused, unless {@link TokenizerStage#setLongRows} says otherwise.
 */
public final class SentenceEmbedder {
  /** The column of vectors that is added. */
  public static final String EMBEDDING = "embedding";

  private SentenceEmbedder() {}

  /**
   * Loads a checkpoint, and prints what its files say.
   *
   * @param path a folder with a model and its tokenizer, on any file system that Hadoop knows
   * @return a pipeline of a {@link WordPieceTokenizer} or {@link BpeTokenizer} and a {@link
   *     LanguageModel}, whose params may be set
   * @throws IllegalArgumentException if the model or its tokenizer is missing, damaged, or can't be
   *     computed exactly; the message says which and why, in one sentence
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
    PipelineModel pipeline = model.pipeline(model.model().setPooledCol(EMBEDDING));
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
    return load(path, (name, value) -> lines.add(line(name, value)));
  }

  /** One line on standard output, where shells and notebooks show it. */
  static void print(String name, String value) {
    System.out.println(line(name, value));
  }

  static String line(String name, String value) {
    return String.format(Locale.ROOT, "%-12s %s", name, value);
  }
}
