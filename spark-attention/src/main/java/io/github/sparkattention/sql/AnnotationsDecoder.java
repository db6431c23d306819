package io.github.sparkattention.sql;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Decodes the embeddings of Spark NLP's annotations, a class that needn't be there. */
final class AnnotationsDecoder implements RowDecoder {
  /** What Spark NLP makes of one token. */
  static final StructType ANNOTATION =
      new StructType()
          .add("annotatorType", DataTypes.StringType)
          .add("begin", DataTypes.IntegerType)
          .add("end", DataTypes.IntegerType)
          .add("result", DataTypes.StringType)
          .add("metadata", DataTypes.createMapType(DataTypes.StringType, DataTypes.StringType))
          .add("embeddings", DataTypes.createArrayType(DataTypes.FloatType));

  private static final int EMBEDDINGS = ANNOTATION.fieldIndex("embeddings");

  private final int column;
  private final int width;
  private final UnsafeRow annotation = new UnsafeRow(ANNOTATION.size());
  private final ValueArray values = ValueArray.ofFloats();

  AnnotationsDecoder(int column, int width) {
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
    Object base = sequence.getBaseObject();
    for (int i = 0; i < sequence.numElements(); i++) {
      if (sequence.isNullAt(i)) {
        return TokenFaults.nullToken(i);
      }
      long place = sequence.getLong(i);
      annotation.pointTo(base, sequence.getBaseOffset() + (place >>> 32), (int) place);
      if (annotation.isNullAt(EMBEDDINGS)) {
        return String.format("token %d has no embeddings: they are null", i);
      }
      values.pointTo(base, annotation.getBaseOffset(), annotation.getLong(EMBEDDINGS));
      String fault = values.copyToken(i, width, tokens, firstToken);
      if (fault != null) {
        return fault;
      }
    }
    return null;
  }
}
