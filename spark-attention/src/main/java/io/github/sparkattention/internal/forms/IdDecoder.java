package io.github.sparkattention.internal.forms;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** Decodes an array of whole numbers, each an id. */
final class IdDecoder implements RowDecoder<int[]> {
  private final int column;
  private final Ids ids;
  private final int vocabulary;

  /** Reads one id of an array. */
  @FunctionalInterface
  private interface Ids {
    long get(UnsafeArrayData array, int index);
  }

  IdDecoder(int column, DataType number, int vocabulary) {
    this.column = column;
    this.ids = reader(number);
    this.vocabulary = vocabulary;
  }

  private static Ids reader(DataType number) {
    if (number.equals(DataTypes.IntegerType)) {
      return UnsafeArrayData::getInt;
    } else if (number.equals(DataTypes.LongType)) {
      return UnsafeArrayData::getLong;
    } else if (number.equals(DataTypes.ShortType)) {
      return UnsafeArrayData::getShort;
    }
    return UnsafeArrayData::getByte;
  }

  @Override
  public int length(UnsafeRow row) {
    return row.getArray(column).numElements();
  }

  @Override
  public String decode(UnsafeRow row, int[] tokens, int firstToken) {
    UnsafeArrayData sequence = row.getArray(column);
    for (int i = 0; i < sequence.numElements(); i++) {
      if (sequence.isNullAt(i)) {
        return String.format("the id at position %d is null", i);
      }
      long id = ids.get(sequence, i);
      if (id < 0 || id >= vocabulary) {
        return String.format(
            "the id at position %d is %d, but the model's ids are 0 to %d", i, id, vocabulary - 1);
      }
      tokens[firstToken + i] = (int) id;
    }
    return null;
  }
}
