package io.github.sparkattention.internal.svg;

import java.text.Bidi;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** A token's text as pictures show it: one line, all of it visible. */
public final class TokenText {
  private static final int LABEL = 14;
  private static final int FULL = 200;
  private static final Pattern GRAPHEME = Pattern.compile("\\X");

  private final String label;
  private final String full;

  public TokenText(String token) {
    String visible = visible(token);
    label = cut(visible, LABEL);
    full = cut(visible, FULL);
  }

  /** Short enough to stand beside a picture. */
  public String label() {
    return label;
  }

  /** All of it, but for what no screen has room for. */
  public String full() {
    return full;
  }

  /** For use among other text, which must not change its direction. */
  public String isolated() {
    char[] text = label.toCharArray();
    return Bidi.requiresBidi(text, 0, text.length) ? '\u2068' + label + '\u2069' : label;
  }

  /** About as wide as the label gets, in units of the font's size; rather more than less. */
  public double width() {
    return label.codePoints().mapToDouble(TokenText::width).sum();
  }

  private static double width(int character) {
    if (character > 0xffff || Character.isIdeographic(character)) {
      return 1.2;
    }
    if (Character.isUpperCase(character) || "mw@%…".indexOf(character) >= 0) {
      return 0.85;
    }
    return "fijlrt'.,:;!|()[]".indexOf(character) >= 0 ? 0.4 : 0.63;
  }

  private static String visible(String token) {
    if (token.isEmpty()) {
      return "∅";
    }
    StringBuilder text = new StringBuilder();
    token.codePoints().map(TokenText::visible).forEach(text::appendCodePoint);
    // Spaces at an end would not be seen, and tokens differ by them.
    for (int i = 0; i < text.length() && text.charAt(i) == ' '; i++) {
      text.setCharAt(i, '␣');
    }
    for (int i = text.length() - 1; i >= 0 && text.charAt(i) == ' '; i--) {
      text.setCharAt(i, '␣');
    }
    return text.toString();
  }

  private static int visible(int character) {
    if (character < 0x20) {
      // Unicode has a picture of each of them, in the same order.
      return '\u2400' + character;
    }
    boolean turnsText =
        (character >= 0x202a && character <= 0x202e)
            || (character >= 0x2066 && character <= 0x2069);
    boolean separates = character == 0x2028 || character == 0x2029;
    boolean unprintable =
        (character >= 0x7f && character < 0xa0)
            || Character.getType(character) == Character.SURROGATE
            || (character & 0xfffe) == 0xfffe;
    return turnsText || separates || unprintable ? '\ufffd' : character;
  }

  private static String cut(String text, int most) {
    List<String> characters =
        GRAPHEME.matcher(text).results().limit(most + 1L).map(MatchResult::group).toList();
    return characters.size() <= most
        ? text
        : String.join("", characters.subList(0, most - 1)) + "…";
  }
}
