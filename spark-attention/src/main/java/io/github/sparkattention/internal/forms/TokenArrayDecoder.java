package io.github.sparkattention.internal.forms;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/** Decodes arrays with one element for each token, whatever an element is. */
abstract class TokenArrayDecoder implements RowDecoder<float[]> {
  final int width;
  private final int column;

  /**
   * A decoder of a column.
   *
   * @param column the column's place in the row
   * @param width values per token
   */
  TokenArrayDecoder(int column, int width) {
    this.column = column;
    this.width = width;
  }

  @Override
  public final int length(UnsafeRow row) {
    return row.getArray(column).numElements();
  }

  @Override
  public final String decode(UnsafeRow row, float[] tokens, int firstToken) {
    UnsafeArrayData sequence = row.getArray(column);
    for (int i = 0; i < sequence.numElements(); i++) {
      String fault =
          sequence.isNullAt(i)
              ? TokenFaults.nullToken(i)
              : decodeToken(sequence, i, tokens, firstToken);
      if (fault != null) {
        return fault;
      }
    }
    return null;
  }

  /**
   * Packs one token.
   *
   * @param sequence the row's tokens
   * @param token which one, not null
   * @param tokens receives its values
   * @param firstToken where the sequence begins, in tokens
   * @return what is wrong, or null if nothing is
   */
  abstract String decodeToken(UnsafeArrayData sequence, int token, float[] tokens, int firstToken);
}
