package io.github.sparkattention.sql;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.unsafe.Platform;

/** Reads Spark's arrays of token embeddings into packed floats: no value becomes an object. */
final class RowDecoder {
  private static final int INFINITY_BITS = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);

  private final int width;
  private final boolean doubles;
  private final UnsafeArrayData token = new UnsafeArrayData();

  /**
   * A decoder of tokens.
   *
   * @param width values per token
   * @param doubles whether they are doubles, not floats
   */
  RowDecoder(int width, boolean doubles) {
    this.width = width;
    this.doubles = doubles;
  }

  /**
   * Packs one sequence.
   *
   * @param sequence the embeddings, [n, width]
   * @param tokens receives them, row-major
   * @param firstToken where they go, in tokens
   * @return what is wrong with the sequence, or null if nothing is
   */
  String decode(UnsafeArrayData sequence, float[] tokens, int firstToken) {
    for (int i = 0; i < sequence.numElements(); i++) {
      if (sequence.isNullAt(i)) {
        return String.format("token %d is null", i);
      }
      // Where the element lies in the sequence (high half), and how long it is (low half).
      long place = sequence.getLong(i);
      token.pointTo(
          sequence.getBaseObject(), sequence.getBaseOffset() + (place >>> 32), (int) place);
      if (token.numElements() != width) {
        return String.format(
            "token %d has %d values, but dIn is %d", i, token.numElements(), width);
      }
      int dimension = nullValue();
      if (dimension >= 0) {
        return String.format("token %d is null at dimension %d", i, dimension);
      }
      int at = (firstToken + i) * width;
      copy(tokens, at);
      int bad = nonFinite(tokens, at, at + width);
      if (bad >= 0) {
        return String.format(
            "token %d is %s at dimension %d, which is not finite as a float",
            i, value(bad - at), bad - at);
      }
    }
    return null;
  }

  private int nullValue() {
    long bits = token.getBaseOffset() + Long.BYTES;
    for (int word = 0; word < (width + 63) / 64; word++) {
      long nulls = Platform.getLong(token.getBaseObject(), bits + (long) word * Long.BYTES);
      if (nulls != 0) {
        return word * 64 + Long.numberOfTrailingZeros(nulls);
      }
    }
    return -1;
  }

  private void copy(float[] tokens, int at) {
    Object base = token.getBaseObject();
    long values = token.getBaseOffset() + UnsafeArrayData.calculateHeaderPortionInBytes(width);
    if (doubles) {
      for (int i = 0; i < width; i++) {
        tokens[at + i] = (float) Platform.getDouble(base, values + (long) i * Double.BYTES);
      }
    } else {
      Platform.copyMemory(base, values, tokens, address(at), (long) width * Float.BYTES);
    }
  }

  private double value(int dimension) {
    return doubles ? token.getDouble(dimension) : token.getFloat(dimension);
  }

  private static long address(int index) {
    return Platform.FLOAT_ARRAY_OFFSET + (long) index * Float.BYTES;
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
