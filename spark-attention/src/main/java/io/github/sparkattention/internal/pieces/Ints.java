package io.github.sparkattention.internal.pieces;

import java.util.Arrays;

/** A growing array of ints: code points or ids. */
public final class Ints {
  private static final int REPLACEMENT = 0xFFFD;

  private int[] values;
  private int length;

  public Ints(int capacity) {
    values = new int[Math.max(capacity, 4)];
  }

  /** The code points of a text; half of a surrogate pair becomes U+FFFD, as in UTF-8. */
  public static Ints codePoints(String text) {
    Ints points = new Ints(text.length());
    for (int i = 0; i < text.length(); ) {
      int point = text.codePointAt(i);
      i += Character.charCount(point);
      points.add(point >= 0xD800 && point <= 0xDFFF ? REPLACEMENT : point);
    }
    return points;
  }

  /** The array behind, which is longer than {@link #length}, until more is added. */
  public int[] values() {
    return values;
  }

  public int length() {
    return length;
  }

  public void add(int value) {
    if (length == values.length) {
      values = Arrays.copyOf(values, Math.multiplyExact(length, 2));
    }
    values[length++] = value;
  }

  public void truncate(int newLength) {
    length = newLength;
  }

  public int[] toArray() {
    return Arrays.copyOf(values, length);
  }
}
