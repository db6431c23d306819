package io.github.sparkattention.sql;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/** Decodes {@code array<array<float>>} and {@code array<array<double>>}. */
final class ArraysDecoder implements RowDecoder {
  private final int column;
  private final int width;
  private final ValueArray values;

  private ArraysDecoder(int column, int width, ValueArray values) {
    this.column = column;
    this.width = width;
    this.values = values;
  }

  static ArraysDecoder floats(int column, int width) {
    return new ArraysDecoder(column, width, ValueArray.ofFloats());
  }

  static ArraysDecoder doubles(int column, int width) {
    return new ArraysDecoder(column, width, ValueArray.ofDoubles());
  }

  @Override
  public int length(UnsafeRow row) {
    return row.getArray(column).numElements();
  }

  @Override
  public String decode(UnsafeRow row, float[] tokens, int firstToken) {
    UnsafeArrayData sequence = row.getArray(column);
    for (int i = 0; i < sequence.numElements(); i++) {
      if (sequence.isNullAt(i)) {
        return TokenFaults.nullToken(i);
      }
      values.pointTo(sequence.getBaseObject(), sequence.getBaseOffset(), sequence.getLong(i));
      String fault = values.copyToken(i, width, tokens, firstToken);
      if (fault != null) {
        return fault;
      }
    }
    return null;
  }
}
