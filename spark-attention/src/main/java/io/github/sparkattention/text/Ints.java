package io.github.sparkattention.text;

import java.util.Arrays;

/** A growing array of ints: code points or ids. */
final class Ints {
  private static final int REPLACEMENT = 0xFFFD;

  private int[] values;
  private int length;

  Ints(int capacity) {
    values = new int[Math.max(capacity, 4)];
  }

  /** The code points of a text; half of a surrogate pair becomes U+FFFD, as in UTF-8. */
  static Ints codePoints(String text) {
    Ints points = new Ints(text.length());
    for (int i = 0; i < text.length(); ) {
      int point = text.codePointAt(i);
      i += Character.charCount(point);
      points.add(point >= 0xD800 && point <= 0xDFFF ? REPLACEMENT : point);
    }
    return points;
  }

  /** The array behind, which is longer than {@link #length}, until more is added. */
  int[] values() {
    return values;
  }

  int length() {
    return length;
  }

  void add(int value) {
    if (length == values.length) {
      values = Arrays.copyOf(values, Math.multiplyExact(length, 2));
    }
    values[length++] = value;
  }

  void truncate(int newLength) {
    length = newLength;
  }

  int[] toArray() {
    return Arrays.copyOf(values, length);
  }
}
