package io.github.sparkattention.internal.forms;

import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/** Decodes {@code array<number>}, whatever the type of number: one token after another. */
final class FlatDecoder implements RowDecoder<float[]> {
  private final int column;
  private final int width;
  private final ValueArray values;

  FlatDecoder(int column, int width, ValueArray values) {
    this.column = column;
    this.width = width;
    this.values = values;
  }

  @Override
  public int length(UnsafeRow row) {
    return row.getArray(column).numElements() / width;
  }

  @Override
  public String shapeFault(UnsafeRow row) {
    int count = row.getArray(column).numElements();
    return count % width == 0
        ? null
        : String.format(
            "the sequence has %d values, no multiple of dIn, which is %d", count, width);
  }

  @Override
  public String decode(UnsafeRow row, float[] tokens, int firstToken) {
    values.pointTo(row.getBaseObject(), row.getBaseOffset(), row.getLong(column));
    int missing = values.firstNull();
    if (missing >= 0) {
      return TokenFaults.nullValue(missing / width, missing % width);
    }
    for (int i = 0; i < values.count() / width; i++) {
      String fault = values.copyToken(i, i * width, width, tokens, firstToken);
      if (fault != null) {
        return fault;
      }
    }
    return null;
  }
}
