package io.github.sparkattention.internal.pieces;

import java.io.Serializable;

/**
 * What BERT makes of a text before it splits it into words. No record, for Kryo can't write one.
 */
public final class BertNormalizer implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final int REPLACEMENT = 0xFFFD;
  private static final int DOTTED_CAPITAL_I = 0x130;
  private static final int DOT_ABOVE = 0x307;

  private final boolean cleans;
  private final boolean spacesChinese;
  private final boolean stripsAccents;
  private final boolean lowers;

  /**
   * Makes a normalizer.
   *
   * @param cleans whether control characters go, and white space becomes a space
   * @param spacesChinese whether a Chinese character gets spaces around it, and so is a word
   * @param stripsAccents whether marks go, also out of letters that have them
   * @param lowers whether all becomes lower case
   */
  public BertNormalizer(
      boolean cleans, boolean spacesChinese, boolean stripsAccents, boolean lowers) {
    this.cleans = cleans;
    this.spacesChinese = spacesChinese;
    this.stripsAccents = stripsAccents;
    this.lowers = lowers;
  }

  public Ints normalize(Ints text) {
    return normalize(text.values(), 0, text.length());
  }

  public Ints normalize(int[] text, int from, int to) {
    Ints result = clean(text, from, to);
    if (stripsAccents) {
      result = stripAccents(result);
    }
    return lowers ? lower(result) : result;
  }

  private Ints clean(int[] text, int from, int to) {
    Ints result = new Ints(to - from);
    for (int i = from; i < to; i++) {
      int point = text[i];
      if (cleans) {
        if (point == '\t' || point == '\n' || point == '\r') {
          point = ' ';
        } else if (point == REPLACEMENT || PinnedUnicode.isControl(point)) {
          continue;
        } else if (PinnedUnicode.isSpace(point)) {
          point = ' ';
        }
      }
      if (spacesChinese && isChinese(point)) {
        result.add(' ');
        result.add(point);
        result.add(' ');
      } else {
        result.add(point);
      }
    }
    return result;
  }

  /** In the blocks that BERT names, which leave out some newer ones. */
  private static boolean isChinese(int point) {
    return (point >= 0x4E00 && point <= 0x9FFF)
        || (point >= 0x3400 && point <= 0x4DBF)
        || (point >= 0x20000 && point <= 0x2A6DF)
        || (point >= 0x2A700 && point <= 0x2B73F)
        || (point >= 0x2B740 && point <= 0x2B81F)
        || (point >= 0x2B920 && point <= 0x2CEAF)
        || (point >= 0xF900 && point <= 0xFAFF)
        || (point >= 0x2F800 && point <= 0x2FA1F);
  }

  private static Ints stripAccents(Ints text) {
    Ints decomposed = NormalForms.decomposed(text);
    int[] points = decomposed.values();
    int length = 0;
    for (int i = 0; i < decomposed.length(); i++) {
      if (!PinnedUnicode.isNonspacingMark(points[i])) {
        points[length++] = points[i];
      }
    }
    decomposed.truncate(length);
    return decomposed;
  }

  private static Ints lower(Ints text) {
    Ints result = new Ints(text.length());
    for (int i = 0; i < text.length(); i++) {
      int point = text.values()[i];
      if (point == DOTTED_CAPITAL_I) {
        result.add('i');
        result.add(DOT_ABOVE);
      } else {
        result.add(PinnedUnicode.lowerCase(point));
      }
    }
    return result;
  }
}
