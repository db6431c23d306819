package io.github.sparkattention.internal.forms;

import java.math.BigDecimal;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;

/** A view of an array of decimals of one precision and scale. */
final class DecimalArray extends ValueArray {
  /** Doubles hold all whole numbers up to this one. */
  private static final long EXACT = 1L << 53;

  private static final double[] POWERS_OF_TEN = powersOfTen();

  /** The bits of a double's significand that a float has no room for. */
  private static final long BEYOND_FLOAT = (1L << 29) - 1;

  private static final long HALFWAY = 1L << 28;

  private final int precision;
  private final int scale;
  private final boolean compact;

  DecimalArray(DecimalType type) {
    precision = type.precision();
    scale = type.scale();
    // The settings of Spark's past allow negative scales.
    compact = precision <= Decimal.MAX_LONG_DIGITS() && scale >= 0;
  }

  private static double[] powersOfTen() {
    double[] powers = new double[Decimal.MAX_LONG_DIGITS() + 1];
    double power = 1;
    for (int i = 0; i < powers.length; i++) {
      powers[i] = power;
      power *= 10;
    }
    return powers;
  }

  @Override
  double value(UnsafeArrayData array, int index) {
    return array.getDecimal(index, precision, scale).toDouble();
  }

  @Override
  void copy(UnsafeArrayData array, int from, int count, float[] target, int at) {
    for (int i = 0; i < count; i++) {
      target[at + i] =
          compact
              ? narrow(array.getLong(from + i))
              : array.getDecimal(from + i, precision, scale).toFloat();
    }
  }

  private float narrow(long unscaled) {
    if (Math.abs(unscaled) <= EXACT) {
      double value = unscaled / POWERS_OF_TEN[scale];
      // Between two floats, the quotient may lie halfway because it was rounded itself: a second
      // rounding could then go the wrong way.
      if ((Double.doubleToRawLongBits(value) & BEYOND_FLOAT) != HALFWAY) {
        return (float) value;
      }
    }
    return BigDecimal.valueOf(unscaled, scale).floatValue();
  }
}
