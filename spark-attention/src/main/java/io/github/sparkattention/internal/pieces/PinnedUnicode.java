package io.github.sparkattention.internal.pieces;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Unicode's tables, each of one fixed version. Java's own change with the JDK, and ids must not.
 *
 * <p>The versions are those with which Hugging Face's tokenizers answer the same questions, and
 * differ from each other; {@code unicode.txt} names them.
 */
public final class PinnedUnicode {
  private static final String RESOURCE = "unicode.txt";

  private static final int SPACE = 1;
  private static final int LETTER = 1 << 1;
  private static final int NUMBER = 1 << 2;
  private static final int PUNCTUATION = 1 << 3;
  private static final int MARK = 1 << 4;
  private static final int CONTROL = 1 << 5;
  private static final int LOWERS = 1 << 6;
  private static final int NORMALIZES = 1 << 7;

  /** What is true of each code point. */
  private static final byte[] FLAGS = new byte[Character.MAX_CODE_POINT + 1];

  private static final Map<Integer, Integer> LOWER = new HashMap<>();
  private static final Map<Integer, int[]> DECOMPOSITIONS = new HashMap<>();
  private static final Map<Integer, Integer> CLASSES = new HashMap<>();
  private static final Map<Long, Integer> COMPOSITIONS = new HashMap<>();

  static {
    try (InputStream in = PinnedUnicode.class.getResourceAsStream(RESOURCE);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (!line.startsWith("#")) {
          read(line.split(" ", -1));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(RESOURCE + " can't be read", e);
    }
  }

  private PinnedUnicode() {}

  private static void read(String[] words) {
    String table = words[0];
    for (int i = table.equals("class") ? 2 : 1; i < words.length; i++) {
      switch (table) {
        case "space" -> flag(words[i], SPACE);
        case "letter" -> flag(words[i], LETTER);
        case "number" -> flag(words[i], NUMBER);
        case "punctuation" -> flag(words[i], PUNCTUATION);
        case "mark" -> flag(words[i], MARK);
        case "control" -> flag(words[i], CONTROL);
        case "lower" -> lower(words[i].split("[-/+]", -1), words[i]);
        case "decomposition" -> decomposition(words[i]);
        case "class" -> combiningClass(words[i], Integer.parseInt(words[1]));
        default -> throw new IllegalStateException(RESOURCE + " has the table " + table);
      }
    }
  }

  private static int point(String hex) {
    return Integer.parseInt(hex, 16);
  }

  private static int[] range(String text) {
    int dash = text.indexOf('-');
    return dash < 0
        ? new int[] {point(text), point(text)}
        : new int[] {point(text.substring(0, dash)), point(text.substring(dash + 1))};
  }

  private static void flag(String text, int flag) {
    int[] range = range(text);
    for (int point = range[0]; point <= range[1]; point++) {
      FLAGS[point] |= (byte) flag;
    }
  }

  /** Such as 100-12E/2+1: each second one from U+0100 to U+012E, whose lower case is 1 further. */
  private static void lower(String[] parts, String text) {
    int distance = text.indexOf('+') < 0 ? -point(parts[3]) : point(parts[3]);
    for (int point = point(parts[0]);
        point <= point(parts[1]);
        point += Integer.parseInt(parts[2])) {
      LOWER.put(point, point + distance);
      FLAGS[point] |= (byte) LOWERS;
    }
  }

  /** Such as C0=41+300, with an asterisk if the parts don't compose to it again. */
  private static void decomposition(String text) {
    boolean composes = !text.endsWith("*");
    String[] sides = (composes ? text : text.substring(0, text.length() - 1)).split("=", -1);
    int whole = point(sides[0]);
    int[] parts = Arrays.stream(sides[1].split("\\+", -1)).mapToInt(PinnedUnicode::point).toArray();
    DECOMPOSITIONS.put(whole, parts);
    FLAGS[whole] |= (byte) NORMALIZES;
    if (composes) {
      COMPOSITIONS.put(pair(parts[0], parts[1]), whole);
    }
  }

  private static void combiningClass(String text, int number) {
    int[] range = range(text);
    for (int point = range[0]; point <= range[1]; point++) {
      CLASSES.put(point, number);
      FLAGS[point] |= (byte) NORMALIZES;
    }
  }

  private static long pair(int first, int second) {
    return (long) first << 32 | second;
  }

  private static boolean is(int point, int flag) {
    return (FLAGS[point] & flag) != 0;
  }

  public static boolean isSpace(int point) {
    return is(point, SPACE);
  }

  static boolean isLetter(int point) {
    return is(point, LETTER);
  }

  static boolean isNumber(int point) {
    return is(point, NUMBER);
  }

  public static boolean isPunctuation(int point) {
    return is(point, PUNCTUATION);
  }

  /** Whether it is a mark that takes no room of its own. */
  static boolean isNonspacingMark(int point) {
    return is(point, MARK);
  }

  /** Whether it is a control or format character, tabs and ends of lines included. */
  static boolean isControl(int point) {
    return is(point, CONTROL);
  }

  static boolean hasLowerCase(int point) {
    return is(point, LOWERS);
  }

  /** The lower case of a code point, which is one code point but for U+0130. */
  static int lowerCase(int point) {
    return is(point, LOWERS) ? LOWER.get(point) : point;
  }

  /** Whether a normal form may change it, or its place among its neighbours. */
  static boolean normalizes(int point) {
    return is(point, NORMALIZES);
  }

  /** The one or two code points that it decomposes to in one step, or null. */
  static int[] decomposition(int point) {
    return is(point, NORMALIZES) ? DECOMPOSITIONS.get(point) : null;
  }

  /** Its canonical combining class; 0 if it starts anew. */
  static int combiningClass(int point) {
    return is(point, NORMALIZES) ? CLASSES.getOrDefault(point, 0) : 0;
  }

  /** The code point that two compose to, or -1. */
  static int composition(int first, int second) {
    return COMPOSITIONS.getOrDefault(pair(first, second), -1);
  }
}
