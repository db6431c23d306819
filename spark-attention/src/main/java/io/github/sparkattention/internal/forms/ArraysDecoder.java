package io.github.sparkattention.internal.forms;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;

/** Decodes {@code array<array<number>>}, whatever the type of number. */
final class ArraysDecoder extends TokenArrayDecoder {
  private final ValueArray values;

  ArraysDecoder(int column, int width, ValueArray values) {
    super(column, width);
    this.values = values;
  }

  @Override
  String decodeToken(UnsafeArrayData sequence, int token, float[] tokens, int firstToken) {
    values.pointTo(sequence.getBaseObject(), sequence.getBaseOffset(), sequence.getLong(token));
    return values.copyToken(token, width, tokens, firstToken);
  }
}
