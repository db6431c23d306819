package io.github.sparkattention.internal.results;

import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** The forms that a column of one vector a token may have, as users name them in lower case. */
@SuppressWarnings("ImmutableEnumChecker") // Spark's types never change.
public enum ResultForm {
  /** One array a token. */
  ARRAY(array(array(DataTypes.FloatType))),
  /** One array, one token after another. */
  FLAT(array(DataTypes.FloatType)),
  /** One of Spark's vectors a token, dense. */
  VECTORS(array(SQLDataTypes.VectorType())),
  /** Spark's dense matrix, one row a token. */
  MATRIX(SQLDataTypes.MatrixType());

  private final DataType type;

  ResultForm(DataType type) {
    this.type = type;
  }

  static DataType array(DataType element) {
    return DataTypes.createArrayType(element, false);
  }

  DataType type() {
    return type;
  }

  ResultWriter writer(int output, int width) {
    return switch (this) {
      case ARRAY -> new TokenWriters.Arrays(output, width);
      case FLAT -> new TokenWriters.Flat(output, width);
      case VECTORS -> new TokenWriters.Vectors(output, width);
      case MATRIX -> new TokenWriters.Matrix(output, width);
    };
  }
}
