package io.github.sparkattention.sql;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.unsafe.Platform;

/** A view of an array of floats or doubles in the format of Spark's rows. */
final class ValueArray {
  private static final int INFINITY_BITS = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

  private final boolean doubles;
  private final UnsafeArrayData array = new UnsafeArrayData();

  private ValueArray(boolean doubles) {
    this.doubles = doubles;
  }

  static ValueArray ofFloats() {
    return new ValueArray(false);
  }

  static ValueArray ofDoubles() {
    return new ValueArray(true);
  }

  /**
   * Looks at an array inside of an array or a row.
   *
   * @param base what holds both
   * @param offset where the outer one starts
   * @param place where the inner one lies in the outer one (high half), and its bytes (low half)
   */
  void pointTo(Object base, long offset, long place) {
    array.pointTo(base, offset + (place >>> 32), (int) place);
  }

  int count() {
    return array.numElements();
  }

  double value(int index) {
    return doubles ? array.getDouble(index) : array.getFloat(index);
  }

  /** The index of the first null, or -1 if there is none. */
  int firstNull() {
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
  String copyToken(int token, int width, float[] tokens, int firstToken) {
    if (count() != width) {
      return TokenFaults.width(token, count(), width);
    }
    int dimension = firstNull();
    return dimension < 0
        ? copyToken(token, 0, width, tokens, firstToken)
        : TokenFaults.nullValue(token, dimension);
  }

  /** Copies the values from an index on as one token; none of them is null. */
  String copyToken(int token, int from, int width, float[] tokens, int firstToken) {
    int at = (firstToken + token) * width;
    copy(from, width, tokens, at);
    int bad = nonFinite(tokens, at, at + width);
    return bad < 0 ? null : TokenFaults.notFinite(token, bad - at, value(from + bad - at));
  }

  private void copy(int from, int count, float[] tokens, int at) {
    Object base = array.getBaseObject();
    long values = array.getBaseOffset() + UnsafeArrayData.calculateHeaderPortionInBytes(count());
    if (doubles) {
      for (int i = 0; i < count; i++) {
        tokens[at + i] =
            (float) Platform.getDouble(base, values + (from + (long) i) * Double.BYTES);
      }
    } else {
      long source = values + (long) from * Float.BYTES;
      long target = Platform.FLOAT_ARRAY_OFFSET + (long) at * Float.BYTES;
      Platform.copyMemory(base, source, tokens, target, (long) count * Float.BYTES);
    }
  }

  /** The index of the first NaN or infinity in a range, or -1 if there is none. */
  static int nonFinite(float[] values, int from, int to) {
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
