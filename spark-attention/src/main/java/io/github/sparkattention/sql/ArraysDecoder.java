package io.github.sparkattention.sql;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;

/** Decodes {@code array<array<float>>} and {@code array<array<double>>}. */
final class ArraysDecoder extends TokenArrayDecoder {
  private final ValueArray values;

  private ArraysDecoder(int column, int width, ValueArray values) {
    super(column, width);
    this.values = values;
  }

  static ArraysDecoder floats(int column, int width) {
    return new ArraysDecoder(column, width, ValueArray.ofFloats());
  }

  static ArraysDecoder doubles(int column, int width) {
    return new ArraysDecoder(column, width, ValueArray.ofDoubles());
  }

  @Override
  String decodeToken(UnsafeArrayData sequence, int token, float[] tokens, int firstToken) {
    values.pointTo(sequence.getBaseObject(), sequence.getBaseOffset(), sequence.getLong(token));
    return values.copyToken(token, width, tokens, firstToken);
  }
}
