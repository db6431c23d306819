package io.github.sparkattention;

import io.github.sparkattention.text.Tokenizer;
import io.github.sparkattention.text.WordPiece;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;

/**
 * Turns texts into ids by WordPiece, as BERT and its kin want them: words and punctuation, cut into
 * the longest pieces of the vocabulary.
 *
 * <pre>{@code
 * new WordPieceTokenizer().setCheckpoint("hdfs:///models/minilm").transform(texts)
 * }</pre>
 *
 * @see TokenizerStage
 */
public final class WordPieceTokenizer extends TokenizerStage<WordPieceTokenizer> {
  private static final long serialVersionUID = 1L;

  /** Makes a stage with a uid of its own. */
  public WordPieceTokenizer() {
    this(Identifiable$.MODULE$.randomUID("WordPieceTokenizer"));
  }

  /**
   * Makes a stage.
   *
   * @param uid tells the stage apart from all others
   */
  public WordPieceTokenizer(String uid) {
    super(uid);
  }

  /**
   * Reads saved stages.
   *
   * @return a reader
   */
  public static MLReader<WordPieceTokenizer> read() {
    return new TokenizerReader<>(WordPieceTokenizer.class, WordPieceTokenizer::new);
  }

  /**
   * Reads a saved stage.
   *
   * @param path the folder that it was saved to
   * @return the stage, with its tokenizer
   */
  public static WordPieceTokenizer load(String path) {
    return read().load(path);
  }

  @Override
  WordPieceTokenizer self() {
    return this;
  }

  @Override
  Class<? extends Tokenizer> kind() {
    return WordPiece.class;
  }

  @Override
  String function() {
    return "word_piece";
  }
}
