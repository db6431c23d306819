package io.github.sparkattention.text;

import io.github.sparkattention.internal.pieces.AddedTokens;
import io.github.sparkattention.internal.pieces.BertNormalizer;
import io.github.sparkattention.internal.pieces.Ints;
import io.github.sparkattention.internal.pieces.PieceTrie;
import io.github.sparkattention.internal.pieces.PinnedUnicode;
import io.github.sparkattention.internal.pieces.Vocabulary;
import java.util.List;
import java.util.Map;

/**
 * BERT's tokenizer: words and punctuation, each cut into the longest pieces of the vocabulary from
 * its start on.
 */
public final class WordPiece implements Tokenizer {
  private static final long serialVersionUID = 1L;

  private final Vocabulary vocabulary;
  private final PieceTrie starts = new PieceTrie();
  private final PieceTrie continuations = new PieceTrie();
  private final int unknown;
  private final int longestWord;
  private final BertNormalizer normalizer;
  private final AddedTokens raw;
  private final AddedTokens normalized;
  private final SpecialTokens special;

  /**
   * Makes a tokenizer of checked parts.
   *
   * @param vocabulary all tokens, added ones included
   * @param pieces the ids of the pieces of words
   * @param prefix what pieces begin with that don't begin a word
   * @param unknown id of a word that no pieces make
   * @param longestWord the code points of a word, of which longer ones are unknown
   * @param normalizer what is made of a text first, or null
   * @param added the tokens that are found as they are
   * @param special the ids around a text
   */
  WordPiece(
      Vocabulary vocabulary,
      Map<String, Integer> pieces,
      String prefix,
      int unknown,
      int longestWord,
      BertNormalizer normalizer,
      List<AddedTokens.Token> added,
      SpecialTokens special) {
    this.vocabulary = vocabulary;
    this.unknown = unknown;
    this.longestWord = longestWord;
    this.normalizer = normalizer;
    this.special = special;
    raw = new AddedTokens(added.stream().filter(token -> !token.normalized()).toList(), t -> t);
    normalized =
        new AddedTokens(
            added.stream().filter(AddedTokens.Token::normalized).toList(),
            normalizer == null ? t -> t : normalizer::normalize);
    pieces.forEach(
        (piece, id) -> {
          starts.put(Ints.codePoints(piece).toArray(), id);
          if (piece.startsWith(prefix) && piece.length() > prefix.length()) {
            continuations.put(Ints.codePoints(piece.substring(prefix.length())).toArray(), id);
          }
        });
  }

  @Override
  public int[] encode(String text) {
    Ints points = Ints.codePoints(text);
    Ints ids = new Ints(points.length() / 3);
    raw.split(points.values(), 0, points.length(), new Parts(ids));
    return ids.toArray();
  }

  /**
   * Takes the parts of a text that are no added tokens, and looks again once they are normalized.
   */
  private final class Parts implements AddedTokens.Sink {
    private final Ints ids;

    Parts(Ints ids) {
      this.ids = ids;
    }

    @Override
    public void token(int id) {
      ids.add(id);
    }

    @Override
    public void text(int[] points, int from, int to) {
      AddedTokens.Sink words =
          new AddedTokens.Sink() {
            @Override
            public void token(int id) {
              ids.add(id);
            }

            @Override
            public void text(int[] part, int start, int end) {
              words(part, start, end, ids);
            }
          };
      if (normalizer == null) {
        normalized.split(points, from, to, words);
      } else {
        Ints text = normalizer.normalize(points, from, to);
        normalized.split(text.values(), 0, text.length(), words);
      }
    }
  }

  private void words(int[] text, int from, int to, Ints ids) {
    int start = from;
    for (int i = from; i < to; i++) {
      boolean alone = isPunctuation(text[i]);
      if (alone || PinnedUnicode.isSpace(text[i])) {
        word(text, start, i, ids);
        if (alone) {
          word(text, i, i + 1, ids);
        }
        start = i + 1;
      }
    }
    word(text, start, to, ids);
  }

  /** ASCII's symbols count, too. */
  private static boolean isPunctuation(int point) {
    return (point >= '!' && point <= '/')
        || (point >= ':' && point <= '@')
        || (point >= '[' && point <= '`')
        || (point >= '{' && point <= '~')
        || PinnedUnicode.isPunctuation(point);
  }

  private void word(int[] text, int from, int to, Ints ids) {
    if (to - from > longestWord) {
      ids.add(unknown);
      return;
    }
    int before = ids.length();
    for (int at = from; at < to; ) {
      long piece = (at == from ? starts : continuations).longest(text, at, to);
      if (piece < 0) {
        ids.truncate(before);
        ids.add(unknown);
        return;
      }
      ids.add((int) piece);
      at += (int) (piece >>> 32);
    }
  }

  @Override
  public SpecialTokens specialTokens() {
    return special;
  }

  @Override
  public int vocabularySize() {
    return vocabulary.size();
  }

  @Override
  public String token(int id) {
    return vocabulary.token(id);
  }

  @Override
  public String kind() {
    return "WordPiece";
  }
}
