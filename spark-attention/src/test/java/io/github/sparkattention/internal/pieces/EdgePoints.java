package io.github.sparkattention.internal.pieces;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The code points at which a table of Unicode's says something else than of the one before, and
 * their neighbours; or all there are, with {@code -Dsparkattention.allCodePoints=true}.
 */
public final class EdgePoints {
  private static final int IN_A_TEXT = 16;

  private static final List<String> POINTS = points();

  private EdgePoints() {}

  private static List<String> points() {
    boolean all = Boolean.getBoolean("sparkattention.allCodePoints");
    List<String> points = new ArrayList<>();
    for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
      boolean surrogate = point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE;
      if (!surrogate && (all || isEdge(point))) {
        points.add(Character.toString(point));
      }
    }
    return points;
  }

  private static boolean isEdge(int point) {
    // Those of the JDK, too: it may know newer ones.
    return point < 0x250
        || differs(point - 1, point)
        || (point < Character.MAX_CODE_POINT && differs(point, point + 1));
  }

  private static boolean differs(int before, int point) {
    return Character.getType(before) != Character.getType(point)
        || PinnedUnicode.isSpace(before) != PinnedUnicode.isSpace(point)
        || PinnedUnicode.isLetter(before) != PinnedUnicode.isLetter(point)
        || PinnedUnicode.isNumber(before) != PinnedUnicode.isNumber(point)
        || PinnedUnicode.isPunctuation(before) != PinnedUnicode.isPunctuation(point)
        || PinnedUnicode.isNonspacingMark(before) != PinnedUnicode.isNonspacingMark(point)
        || PinnedUnicode.isControl(before) != PinnedUnicode.isControl(point)
        || PinnedUnicode.hasLowerCase(before) != PinnedUnicode.hasLowerCase(point)
        || PinnedUnicode.normalizes(before) != PinnedUnicode.normalizes(point);
  }

  /** Those that a normalizer may change, those that it makes of them, and all punctuation. */
  public static Set<Integer> ofNormalizers() {
    Set<Integer> points = new TreeSet<>();
    for (int point = 0; point <= Character.MAX_CODE_POINT; point++) {
      if (PinnedUnicode.hasLowerCase(point) || PinnedUnicode.isNonspacingMark(point)) {
        points.add(point);
        points.add(PinnedUnicode.lowerCase(point));
      }
      int[] parts = PinnedUnicode.decomposition(point);
      if (parts != null) {
        points.add(point);
        IntStream.of(parts).forEach(points::add);
      }
      if (PinnedUnicode.isPunctuation(point)) {
        points.add(point);
      }
    }
    return points;
  }

  /** The code points whose texts are not the same, by their numbers. */
  public static List<String> different(UnaryOperator<String> context, Predicate<String> same) {
    List<String> different = new ArrayList<>();
    for (int i = 0; i < POINTS.size(); i += IN_A_TEXT) {
      List<String> some = POINTS.subList(i, Math.min(i + IN_A_TEXT, POINTS.size()));
      if (!same.test(some.stream().map(context).collect(Collectors.joining()))) {
        some.stream()
            .filter(point -> !same.test(context.apply(point)))
            .forEach(point -> different.add(escaped(point)));
      }
    }
    return different;
  }

  /** The numbers of a text's code points. */
  public static String escaped(String text) {
    return text.codePoints().mapToObj("%04X"::formatted).collect(Collectors.joining(" "));
  }
}
