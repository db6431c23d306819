package io.github.sparkattention.text;

import io.github.sparkattention.internal.pieces.AddedTokens;
import io.github.sparkattention.internal.pieces.ByteSymbols;
import io.github.sparkattention.internal.pieces.Ints;
import io.github.sparkattention.internal.pieces.Merges;
import io.github.sparkattention.internal.pieces.NormalForms;
import io.github.sparkattention.internal.pieces.PieceTrie;
import io.github.sparkattention.internal.pieces.Vocabulary;
import io.github.sparkattention.internal.pieces.WordPattern;
import java.util.List;
import java.util.Map;

/**
 * GPT-2's tokenizer and those like it: words of UTF-8 bytes, whose pairs are merged by rank. It has
 * ids for every text.
 */
public final class BytePairs implements Tokenizer {
  private static final long serialVersionUID = 1L;

  private final Vocabulary vocabulary;
  private final int[] byteIds = new int[256];
  private final Merges merges;
  private final PieceTrie wholeWords;
  private final WordPattern pattern;
  private final boolean composes;
  private final boolean addsSpace;
  private final AddedTokens raw;
  private final AddedTokens normalized;
  private final SpecialTokens special;

  /**
   * How words come about and what is around them.
   *
   * @param pattern how a text is cut into words
   * @param composes whether texts are brought into Unicode's form C first
   * @param addsSpace whether a text that doesn't begin with a space gets one
   * @param wholeWords whether a word that is a token is not cut at all
   */
  record Rules(WordPattern pattern, boolean composes, boolean addsSpace, boolean wholeWords) {}

  /**
   * Makes a tokenizer of checked parts.
   *
   * @param vocabulary all tokens, added ones included
   * @param ids the ids of the tokens that bytes make, those of all single bytes included
   * @param merges the pairs by rank
   * @param rules how words come about
   * @param added the tokens that are found as they are
   * @param special the ids around a text
   */
  BytePairs(
      Vocabulary vocabulary,
      Map<String, Integer> ids,
      Merges merges,
      Rules rules,
      List<AddedTokens.Token> added,
      SpecialTokens special) {
    this.vocabulary = vocabulary;
    this.merges = merges;
    this.pattern = rules.pattern;
    this.composes = rules.composes;
    this.addsSpace = rules.addsSpace;
    this.special = special;
    String[] symbols = ByteSymbols.all();
    for (int value = 0; value < symbols.length; value++) {
      byteIds[value] = ids.get(symbols[value]);
    }
    wholeWords = rules.wholeWords ? wholeWords(ids, symbols) : null;
    raw = new AddedTokens(added.stream().filter(token -> !token.normalized()).toList(), t -> t);
    normalized =
        new AddedTokens(
            added.stream().filter(AddedTokens.Token::normalized).toList(),
            composes ? NormalForms::composed : t -> t);
  }

  /** The tokens as sequences of the ids of their bytes. */
  private PieceTrie wholeWords(Map<String, Integer> ids, String[] symbols) {
    PieceTrie words = new PieceTrie();
    int[] bySymbol = new int[0x200];
    for (int value = 0; value < symbols.length; value++) {
      bySymbol[symbols[value].charAt(0)] = byteIds[value] + 1;
    }
    ids.forEach(
        (token, id) -> {
          boolean isOfBytes = token.chars().allMatch(c -> c < bySymbol.length && bySymbol[c] > 0);
          if (isOfBytes) {
            words.put(token.chars().map(c -> bySymbol[c] - 1).toArray(), id);
          }
        });
    return words;
  }

  @Override
  public int[] encode(String text) {
    Ints points = Ints.codePoints(text);
    Encoding encoding = new Encoding(new Ints(points.length() / 3));
    raw.split(points.values(), 0, points.length(), encoding);
    return encoding.ids.toArray();
  }

  /** Takes the parts of one text. */
  private final class Encoding implements AddedTokens.Sink {
    private final Ints ids;
    private final Ints word = new Ints(32);
    private final Merges.Work work = merges.new Work();

    Encoding(Ints ids) {
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
              part(part, start, end);
            }
          };
      if (composes) {
        Ints part = new Ints(to - from);
        for (int i = from; i < to; i++) {
          part.add(points[i]);
        }
        Ints composed = NormalForms.composed(part);
        normalized.split(composed.values(), 0, composed.length(), words);
      } else {
        normalized.split(points, from, to, words);
      }
    }

    private void part(int[] text, int from, int to) {
      if (addsSpace && text[from] != ' ') {
        Ints spaced = new Ints(to - from + 1);
        spaced.add(' ');
        for (int i = from; i < to; i++) {
          spaced.add(text[i]);
        }
        words(spaced.values(), 0, spaced.length());
      } else {
        words(text, from, to);
      }
    }

    private void words(int[] text, int from, int to) {
      for (int at = from; at < to; ) {
        int end = pattern.end(text, at, to);
        word.truncate(0);
        for (int i = at; i < end; i++) {
          addBytes(text[i]);
        }
        long whole = wholeWords == null ? -1 : wholeWords.longest(word.values(), 0, word.length());
        if (whole >= 0 && whole >>> 32 == word.length()) {
          ids.add((int) whole);
        } else {
          work.merge(word, ids);
        }
        at = end;
      }
    }

    private void addBytes(int point) {
      if (point < 0x80) {
        word.add(byteIds[point]);
      } else if (point < 0x800) {
        word.add(byteIds[0xC0 | point >> 6]);
        addLastBytes(point, 1);
      } else if (point < 0x10000) {
        word.add(byteIds[0xE0 | point >> 12]);
        addLastBytes(point, 2);
      } else {
        word.add(byteIds[0xF0 | point >> 18]);
        addLastBytes(point, 3);
      }
    }

    private void addLastBytes(int point, int count) {
      for (int i = count - 1; i >= 0; i--) {
        word.add(byteIds[0x80 | (point >> (6 * i) & 0x3F)]);
      }
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
    return "byte-level BPE";
  }
}
