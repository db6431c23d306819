package io.github.sparkattention.internal.pieces;

import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;

/**
 * Tokens that are found in a text before anything else is done with it. Of those that begin at one
 * place the longest counts, and they don't overlap.
 */
public final class AddedTokens implements Serializable {
  private static final long serialVersionUID = 1L;

  private final Pattern[] patterns;
  private final int[] firsts;

  /**
   * A token as a file has it.
   *
   * @param content its text
   * @param id its id
   * @param normalized whether it is looked for in the normalized text
   * @param stripsLeft whether white space before it belongs to it
   * @param stripsRight whether white space after it belongs to it
   */
  public record Token(
      String content, int id, boolean normalized, boolean stripsLeft, boolean stripsRight) {}

  /** Takes what a text is made of, in its order; none of the texts is empty. */
  public interface Sink {
    void text(int[] points, int from, int to);

    void token(int id);
  }

  /** No record, for Kryo can't write one. */
  private static final class Pattern implements Serializable {
    private static final long serialVersionUID = 1L;

    private final int[] points;
    private final int id;
    private final boolean stripsLeft;
    private final boolean stripsRight;

    Pattern(int[] points, Token token) {
      this.points = points;
      this.id = token.id;
      this.stripsLeft = token.stripsLeft;
      this.stripsRight = token.stripsRight;
    }

    boolean isAt(int[] text, int from, int to) {
      return to - from >= points.length
          && Arrays.equals(text, from, from + points.length, points, 0, points.length);
    }
  }

  /**
   * Prepares tokens to be found.
   *
   * @param tokens the tokens
   * @param form what has been made of the texts in which they are looked for
   */
  public AddedTokens(List<Token> tokens, Function<Ints, Ints> form) {
    patterns =
        tokens.stream()
            .map(
                token -> new Pattern(form.apply(Ints.codePoints(token.content())).toArray(), token))
            .filter(pattern -> pattern.points.length > 0)
            .sorted(Comparator.comparing(pattern -> -pattern.points.length))
            .toArray(Pattern[]::new);
    firsts =
        Arrays.stream(patterns)
            .mapToInt(pattern -> pattern.points[0])
            .sorted()
            .distinct()
            .toArray();
  }

  /** Splits a part of a text at the tokens in it. */
  public void split(int[] text, int from, int to, Sink sink) {
    int start = from;
    int i = from;
    while (i < to) {
      Pattern found = at(text, i, to);
      if (found == null) {
        i++;
        continue;
      }
      int begin = i;
      int end = i + found.points.length;
      i = end;
      while (found.stripsLeft && begin > start && PinnedUnicode.isSpace(text[begin - 1])) {
        begin--;
      }
      while (found.stripsRight && end < to && PinnedUnicode.isSpace(text[end])) {
        end++;
      }
      text(text, start, begin, sink);
      sink.token(found.id);
      start = end;
    }
    text(text, start, to, sink);
  }

  private static void text(int[] text, int from, int to, Sink sink) {
    if (from < to) {
      sink.text(text, from, to);
    }
  }

  private Pattern at(int[] text, int from, int to) {
    if (Arrays.binarySearch(firsts, text[from]) < 0) {
      return null;
    }
    for (Pattern pattern : patterns) {
      if (pattern.isAt(text, from, to)) {
        return pattern;
      }
    }
    return null;
  }
}
