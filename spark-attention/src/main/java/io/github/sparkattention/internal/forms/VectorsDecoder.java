package io.github.sparkattention.internal.forms;

import java.util.Arrays;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/** Decodes {@code array<vector>}, whose vectors may be dense or sparse, each as it likes. */
final class VectorsDecoder extends TokenArrayDecoder {
  private final UnsafeRow vector = new UnsafeRow(StructFields.Vector.COUNT);
  private final UnsafeArrayData indices = new UnsafeArrayData();
  private final ValueArray values;

  VectorsDecoder(int column, int width, ValueArray values) {
    super(column, width);
    this.values = values;
  }

  @Override
  String decodeToken(UnsafeArrayData sequence, int token, float[] tokens, int firstToken) {
    long place = sequence.getLong(token);
    vector.pointTo(
        sequence.getBaseObject(), sequence.getBaseOffset() + (place >>> 32), (int) place);
    boolean dense = vector.getByte(StructFields.Vector.TYPE) == StructFields.Vector.DENSE;
    boolean incomplete =
        vector.isNullAt(StructFields.Vector.VALUES)
            || (!dense
                && (vector.isNullAt(StructFields.Vector.SIZE)
                    || vector.isNullAt(StructFields.Vector.INDICES)));
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
        vector.getBaseObject(), vector.getBaseOffset(), vector.getLong(StructFields.Vector.VALUES));
  }

  private String sparse(int token, float[] tokens, int at) {
    if (vector.getInt(StructFields.Vector.SIZE) != width) {
      return TokenFaults.width(token, vector.getInt(StructFields.Vector.SIZE), width);
    }
    long place = vector.getLong(StructFields.Vector.INDICES);
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
