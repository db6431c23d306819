package io.github.sparkattention.internal.svg;

import java.util.Locale;

/**
 * The colours of weights: from pale to dark through green and blue, even in lightness, so that they
 * keep their order in grey print and to the colour-blind. Levels go with the square root of the
 * weight, or all but the largest weights of a long sequence would look the same.
 */
public final class ColorScale {
  static final int LEVELS = 64;

  private static final int[] ANCHORS = {
    0xf7f3e3, 0xd3e5c8, 0x98cbbd, 0x55a5b6, 0x3076a6, 0x274a86, 0x221f54
  };

  /** The weight that gets the last level: 1, or more where dropout has scaled weights up. */
  private final double largest;

  ColorScale(double largest) {
    this.largest = Math.max(1, largest);
  }

  double largest() {
    return largest;
  }

  /** The weight's place in the scale, from 0 to 1. */
  double position(double weight) {
    return Math.sqrt(weight / largest);
  }

  /**
   * The name of the style that gives a mark of this weight its colour, and what it says its ink.
   */
  String styleName(double weight) {
    return levelName((int) Math.round(position(weight) * (LEVELS - 1)));
  }

  static String levelName(int level) {
    return "c" + level;
  }

  /** The styles of all levels; on dark paper the pale end stands for much. */
  public static String styles(String scope, boolean onDark) {
    StringBuilder css = new StringBuilder();
    for (int level = 0; level < LEVELS; level++) {
      int color = color(onDark ? LEVELS - 1 - level : level);
      css.append(
          String.format(
              Locale.ROOT,
              "%s .%s{fill:#%06x;color:%s}%n",
              scope,
              levelName(level),
              color,
              ink(color)));
    }
    return css.toString();
  }

  /** The colour of a level, 0xRRGGBB. */
  static int color(int level) {
    double at = (double) level / (LEVELS - 1) * (ANCHORS.length - 1);
    int from = Math.min((int) at, ANCHORS.length - 2);
    int color = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
      double low = ANCHORS[from] >> shift & 0xff;
      double high = ANCHORS[from + 1] >> shift & 0xff;
      color |= (int) Math.round(low + (high - low) * (at - from)) << shift;
    }
    return color;
  }

  /** Black or white, whichever is easier to read on the colour. */
  static String ink(int color) {
    // The two contrasts of WCAG 2, (1 + 0.05) / (l + 0.05) and (l + 0.05) / 0.05, are equal here.
    return luminance(color) > Math.sqrt(1.05 * 0.05) - 0.05 ? "#000" : "#fff";
  }

  /** The relative luminance of WCAG 2, from 0 (black) to 1 (white). */
  static double luminance(int color) {
    return 0.2126 * linear(color >> 16 & 0xff)
        + 0.7152 * linear(color >> 8 & 0xff)
        + 0.0722 * linear(color & 0xff);
  }

  private static double linear(int channel) {
    double value = channel / 255.0;
    return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
  }
}
