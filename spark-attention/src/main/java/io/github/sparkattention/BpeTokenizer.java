package io.github.sparkattention;

import io.github.sparkattention.text.BytePairs;
import io.github.sparkattention.text.Tokenizer;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;

/**
 * Turns texts into ids by byte-level byte pairs, as GPT-2, Llama 3 and Qwen2 want them: words of
 * UTF-8 bytes, whose pairs are merged by rank.
 *
 * <pre>{@code
 * new BpeTokenizer().setCheckpoint("hdfs:///models/gpt2").transform(texts)
 * }</pre>
 *
 * @see TokenizerStage
 */
public final class BpeTokenizer extends TokenizerStage<BpeTokenizer> {
  private static final long serialVersionUID = 1L;

  /** Makes a stage with a uid of its own. */
  public BpeTokenizer() {
    this(Identifiable$.MODULE$.randomUID("BpeTokenizer"));
  }

  /**
   * Makes a stage.
   *
   * @param uid tells the stage apart from all others
   */
  public BpeTokenizer(String uid) {
    super(uid);
  }

  /**
   * Reads saved stages.
   *
   * @return a reader
   */
  public static MLReader<BpeTokenizer> read() {
    return new TokenizerReader<>(BpeTokenizer.class, BpeTokenizer::new);
  }

  /**
   * Reads a saved stage.
   *
   * @param path the folder that it was saved to
   * @return the stage, with its tokenizer
   */
  public static BpeTokenizer load(String path) {
    return read().load(path);
  }

  @Override
  BpeTokenizer self() {
    return this;
  }

  @Override
  Class<? extends Tokenizer> kind() {
    return BytePairs.class;
  }

  @Override
  String function() {
    return "byte_pairs";
  }
}
