package io.github.sparkattention.internal.svg;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/** Numbers as pictures show them, whatever the machine's language. */
public final class Numbers {
  private Numbers() {}

  /** A place in a picture: a tenth of a pixel is enough. */
  public static String coordinate(double value) {
    return plain(BigDecimal.valueOf(value).setScale(1, RoundingMode.HALF_UP));
  }

  /** A weight under the mouse. */
  public static String weight(double weight) {
    return weight > 0 && weight < 0.0005 ? "< 0.001" : String.format(Locale.ROOT, "%.3f", weight);
  }

  /** A weight inside a cell. */
  static String shortWeight(double weight) {
    return String.format(Locale.ROOT, "%.2f", weight);
  }

  /** A measured value under the mouse: 12,345, or 0.123. */
  public static String value(double value) {
    return Math.abs(value) >= 1000
        ? String.format(Locale.ROOT, "%,.0f", value)
        : plain(significant(value, 4));
  }

  /** A value on an axis: 1.5M, 20k, 64, 0.25. */
  public static String compact(double value) {
    double size = Math.abs(value);
    if (size >= 1e9) {
      return plain(significant(value / 1e9, 3)) + "G";
    }
    if (size >= 1e6) {
      return plain(significant(value / 1e6, 3)) + "M";
    }
    // 1024 and 4096 are easier to know than 1.02k and 4.1k.
    if (size >= 1e4) {
      return plain(significant(value / 1e3, 3)) + "k";
    }
    return plain(significant(value, 4));
  }

  private static BigDecimal significant(double value, int digits) {
    return BigDecimal.valueOf(value).round(new MathContext(digits));
  }

  private static String plain(BigDecimal value) {
    return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
  }
}
