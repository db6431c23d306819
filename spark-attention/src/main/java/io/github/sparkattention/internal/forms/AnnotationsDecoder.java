package io.github.sparkattention.internal.forms;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Decodes the embeddings of Spark NLP's annotations, a class that needn't be there. */
final class AnnotationsDecoder extends TokenArrayDecoder {
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

  private final UnsafeRow annotation = new UnsafeRow(ANNOTATION.size());
  private final ValueArray values;

  AnnotationsDecoder(int column, int width, ValueArray values) {
    super(column, width);
    this.values = values;
  }

  @Override
  String decodeToken(UnsafeArrayData sequence, int token, float[] tokens, int firstToken) {
    Object base = sequence.getBaseObject();
    long place = sequence.getLong(token);
    annotation.pointTo(base, sequence.getBaseOffset() + (place >>> 32), (int) place);
    if (annotation.isNullAt(EMBEDDINGS)) {
      return String.format("token %d has no embeddings: they are null", token);
    }
    values.pointTo(base, annotation.getBaseOffset(), annotation.getLong(EMBEDDINGS));
    return values.copyToken(token, width, tokens, firstToken);
  }
}
