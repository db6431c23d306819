package io.github.sparkattention.internal.pieces;

import static io.github.sparkattention.internal.pieces.PinnedUnicode.isLetter;
import static io.github.sparkattention.internal.pieces.PinnedUnicode.isNumber;
import static io.github.sparkattention.internal.pieces.PinnedUnicode.isSpace;

import java.util.Arrays;
import java.util.Optional;

/**
 * The patterns that cut a text into words whose bytes are merged: each as a file writes it, and as
 * a scanner that does the same. All of them cover every text without a gap.
 */
public enum WordPattern {
  /** GPT-2's: a word takes one space before it. */
  GPT2("'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+") {
    @Override
    public int end(int[] text, int from, int to) {
      int end = contraction(text, from, to, false);
      if (end > from) {
        return end;
      }
      int start = text[from] == ' ' && from + 1 < to ? from + 1 : from;
      if (isLetter(text[start])) {
        return letters(text, start, to);
      }
      if (isNumber(text[start])) {
        end = start + 1;
        while (end < to && isNumber(text[end])) {
          end++;
        }
        return end;
      }
      return isSpace(text[start]) ? spaces(text, from, to) : others(text, start, to);
    }
  },

  /** That of Llama 3 and of OpenAI's cl100k_base: numbers in threes. */
  CL100K(Constants.AROUND_NUMBERS.formatted("{1,3}")) {
    @Override
    public int end(int[] text, int from, int to) {
      return wordOrLine(text, from, to, 3);
    }
  },

  /** Qwen2's: each digit by itself. */
  QWEN2(Constants.AROUND_NUMBERS.formatted("")) {
    @Override
    public int end(int[] text, int from, int to) {
      return wordOrLine(text, from, to, 1);
    }
  };

  private static final class Constants {
    static final String AROUND_NUMBERS =
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}%s|"
            + " ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  }

  private static final int LONG_S = 0x17F;

  private final String regex;

  WordPattern(String regex) {
    this.regex = regex;
  }

  public String regex() {
    return regex;
  }

  /** The pattern that a file asks for, if it is one of these. */
  public static Optional<WordPattern> of(String regex) {
    return Arrays.stream(values()).filter(pattern -> pattern.regex.equals(regex)).findFirst();
  }

  /**
   * Finds the word at a place.
   *
   * @param text the text
   * @param from where the word begins
   * @param to where the text ends, after {@code from}
   * @return where the word ends, after {@code from}
   */
  public abstract int end(int[] text, int from, int to);

  private static int wordOrLine(int[] text, int from, int to, int digits) {
    int end = contraction(text, from, to, true);
    if (end > from) {
      return end;
    }
    int first = text[from];
    if (isLetter(first)) {
      return letters(text, from, to);
    }
    if (isNumber(first)) {
      end = from + 1;
      while (end < to && end < from + digits && isNumber(text[end])) {
        end++;
      }
      return end;
    }
    if (first != '\r' && first != '\n' && from + 1 < to && isLetter(text[from + 1])) {
      return letters(text, from + 1, to);
    }
    int start = first == ' ' && from + 1 < to ? from + 1 : from;
    if (isOther(text[start])) {
      end = others(text, start, to);
      while (end < to && isLineEnd(text[end])) {
        end++;
      }
      return end;
    }
    int run = spaceRun(text, from, to);
    for (int last = run - 1; last >= from; last--) {
      if (isLineEnd(text[last])) {
        return last + 1;
      }
    }
    return spaces(text, from, to);
  }

  private static boolean isLineEnd(int point) {
    return point == '\r' || point == '\n';
  }

  private static boolean isOther(int point) {
    return !isSpace(point) && !isLetter(point) && !isNumber(point);
  }

  /** The end of an English contraction such as 's, or where it would begin. */
  private static int contraction(int[] text, int from, int to, boolean anyCase) {
    if (text[from] != '\'' || from + 1 == to) {
      return from;
    }
    int first = letter(text[from + 1], anyCase);
    if (first == 's' || first == 't' || first == 'm' || first == 'd') {
      return from + 2;
    }
    int second = from + 2 < to ? letter(text[from + 2], anyCase) : -1;
    boolean isOne =
        (first == 'r' && second == 'e')
            || (first == 'v' && second == 'e')
            || (first == 'l' && second == 'l');
    return isOne ? from + 3 : from;
  }

  /** A letter of ASCII as contractions are compared; the long s folds to s. */
  private static int letter(int point, boolean anyCase) {
    if (anyCase && point >= 'A' && point <= 'Z') {
      return point + ('a' - 'A');
    }
    return anyCase && point == LONG_S ? 's' : point;
  }

  private static int letters(int[] text, int from, int to) {
    int end = from + 1;
    while (end < to && isLetter(text[end])) {
      end++;
    }
    return end;
  }

  private static int others(int[] text, int from, int to) {
    int end = from + 1;
    while (end < to && isOther(text[end])) {
      end++;
    }
    return end;
  }

  private static int spaceRun(int[] text, int from, int to) {
    int end = from;
    while (end < to && isSpace(text[end])) {
      end++;
    }
    return end;
  }

  /** White space up to the end of the text, or else but for the last, which the next word takes. */
  private static int spaces(int[] text, int from, int to) {
    int end = spaceRun(text, from, to);
    return end == to || end == from + 1 ? end : end - 1;
  }
}
