package io.github.sparkattention.text;

import java.io.Serializable;

/**
 * Turns a text into ids of a vocabulary, as Hugging Face's tokenizers do with the same files. The
 * ids are a function of the text and the files alone. Any number of threads may use one at the same
 * time.
 *
 * <p>As there, an added token that stands in a text, such as {@code [SEP]} or {@code
 * <|endoftext|>}, becomes its id. Half of a surrogate pair counts as U+FFFD.
 */
public sealed interface Tokenizer extends Serializable permits BytePairs, WordPiece {

  /**
   * The ids of a text by itself.
   *
   * @param text the text
   * @return its ids, none for an empty text
   */
  int[] encode(String text);

  /**
   * The ids of a text.
   *
   * @param text the text
   * @param special whether {@link #specialTokens()} are put around it
   * @return its ids
   */
  default int[] encode(String text, boolean special) {
    int[] ids = encode(text);
    return special ? specialTokens().around(ids, 0, ids.length) : ids;
  }

  /** {@return what the model wants around a text} */
  SpecialTokens specialTokens();

  /** {@return the number of ids, from 0 on, of which some may have no token} */
  int vocabularySize();

  /**
   * The token of an id, as the vocabulary writes it.
   *
   * @param id the id
   * @return its token
   * @throws IllegalArgumentException if no token has this id
   */
  String token(int id);

  /** {@return what it is, in a word or two, for messages} */
  String kind();
}
