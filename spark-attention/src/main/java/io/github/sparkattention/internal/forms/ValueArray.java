package io.github.sparkattention.internal.forms;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.unsafe.Platform;

/**
 * A view of an array of numbers in the format of Spark's rows. What a float can't hold exactly is
 * rounded to the nearest float, and halfway to the one with an even significand, as Spark's cast to
 * float does it.
 */
public abstract class ValueArray {
  private static final int INFINITY_BITS = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

  private final UnsafeArrayData array = new UnsafeArrayData();

  /**
   * A view of arrays of one type.
   *
   * @param number the type of their elements
   */
  static ValueArray of(DataType number) {
    if (number instanceof DecimalType decimal) {
      return new DecimalArray(decimal);
    }
    return PrimitiveArray.of(number);
  }

  /** One of the values, as exactly as a double holds it. */
  abstract double value(UnsafeArrayData array, int index);

  /**
   * Narrows some of the values, none of which is null.
   *
   * @param array the values
   * @param from the first one's index
   * @param count how many
   * @param target receives them
   * @param at where the first one goes
   */
  abstract void copy(UnsafeArrayData array, int from, int count, float[] target, int at);

  /**
   * Looks at an array inside of an array or a row.
   *
   * @param base what holds both
   * @param offset where the outer one starts
   * @param place where the inner one lies in the outer one (high half), and its bytes (low half)
   */
  final void pointTo(Object base, long offset, long place) {
    array.pointTo(base, offset + (place >>> 32), (int) place);
  }

  final int count() {
    return array.numElements();
  }

  final double value(int index) {
    return value(array, index);
  }

  /** The index of the first null, or -1 if there is none. */
  final int firstNull() {
    long bits = array.getBaseOffset() + Long.BYTES;
    for (int word = 0; word < (count() + 63) / 64; word++) {
      long nulls = Platform.getLong(array.getBaseObject(), bits + (long) word * Long.BYTES);
      if (nulls != 0) {
        return word * 64 + Long.numberOfTrailingZeros(nulls);
      }
    }
    return -1;
  }

  /** Copies this array as one token, checking its width and its values. */
  final String copyToken(int token, int width, float[] tokens, int firstToken) {
    if (count() != width) {
      return TokenFaults.width(token, count(), width);
    }
    int dimension = firstNull();
    return dimension < 0
        ? copyToken(token, 0, width, tokens, firstToken)
        : TokenFaults.nullValue(token, dimension);
  }

  /** Copies the values from an index on as one token; none of them is null. */
  final String copyToken(int token, int from, int width, float[] tokens, int firstToken) {
    int at = (firstToken + token) * width;
    copy(array, from, width, tokens, at);
    int bad = nonFinite(tokens, at, at + width);
    return bad < 0 ? null : TokenFaults.notFinite(token, bad - at, value(from + bad - at));
  }

  /** The index of the first NaN or infinity in a range, or -1 if there is none. */
  public static int nonFinite(float[] values, int from, int to) {
    // Over all values first: a maximum of integers is what the JVM turns into vector code.
    int largest = 0;
    for (int i = from; i < to; i++) {
      largest = Math.max(largest, Float.floatToRawIntBits(values[i]) & Integer.MAX_VALUE);
    }
    if (largest < INFINITY_BITS) {
      return -1;
    }
    int i = from;
    while (Float.isFinite(values[i])) {
      i++;
    }
    return i;
  }
}
