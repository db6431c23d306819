package io.github.sparkattention.sql;

import java.util.Arrays;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/** Decodes {@code array<vector>}, whose vectors may be dense or sparse, each as it likes. */
final class VectorsDecoder implements RowDecoder {
  private final int column;
  private final int width;
  private final UnsafeRow vector = new UnsafeRow(VectorFields.COUNT);
  private final UnsafeArrayData indices = new UnsafeArrayData();
  private final ValueArray values = ValueArray.ofDoubles();

  VectorsDecoder(int column, int width) {
    this.column = column;
    this.width = width;
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
      long place = sequence.getLong(i);
      vector.pointTo(
          sequence.getBaseObject(), sequence.getBaseOffset() + (place >>> 32), (int) place);
      String fault = token(i, tokens, firstToken);
      if (fault != null) {
        return fault;
      }
    }
    return null;
  }

  private String token(int token, float[] tokens, int firstToken) {
    boolean dense = vector.getByte(VectorFields.TYPE) == VectorFields.DENSE;
    boolean incomplete =
        vector.isNullAt(VectorFields.VALUES)
            || (!dense
                && (vector.isNullAt(VectorFields.SIZE) || vector.isNullAt(VectorFields.INDICES)));
    if (incomplete) {
      return String.format("token %d is a vector without its size or values", token);
    }
    pointToValues();
    return dense
        ? values.copyToken(token, width, tokens, firstToken)
        : sparse(token, tokens, (firstToken + token) * width);
  }

  private void pointToValues() {
    values.pointTo(
        vector.getBaseObject(), vector.getBaseOffset(), vector.getLong(VectorFields.VALUES));
  }

  private String sparse(int token, float[] tokens, int at) {
    if (vector.getInt(VectorFields.SIZE) != width) {
      return TokenFaults.width(token, vector.getInt(VectorFields.SIZE), width);
    }
    long place = vector.getLong(VectorFields.INDICES);
    indices.pointTo(vector.getBaseObject(), vector.getBaseOffset() + (place >>> 32), (int) place);
    if (indices.numElements() != values.count()) {
      return String.format(
          "token %d has %d indices, but %d values", token, indices.numElements(), values.count());
    }
    Arrays.fill(tokens, at, at + width, 0f);
    int before = -1;
    for (int k = 0; k < values.count(); k++) {
      int dimension = indices.getInt(k);
      if (dimension <= before || dimension >= width) {
        return String.format(
            "token %d has the index %d after %d, but indices must ascend and be less than dIn,"
                + " which is %d",
            token, dimension, before, width);
      }
      float value = (float) values.value(k);
      if (!Float.isFinite(value)) {
        return TokenFaults.notFinite(token, dimension, values.value(k));
      }
      tokens[at + dimension] = value;
      before = dimension;
    }
    return null;
  }
}
