package io.github.sparkattention.internal.expressions;

import io.github.sparkattention.internal.spark.SparkInternals;
import java.util.Optional;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** A form in which a column has one vector a row. */
public enum VectorForm {
  /** Spark ML's vectors, dense or sparse. */
  VECTOR,
  /** {@code array<float>}. */
  FLOATS,
  /** {@code array<double>}. */
  DOUBLES;

  /** The types that are accepted, for messages. */
  public static final String ACCEPTED = "vector, array<float> or array<double>";

  private static final int TYPE = 0;
  private static final int SIZE = 1;
  private static final int INDICES = 2;
  private static final int VALUES = 3;
  private static final byte DENSE = 1;

  /**
   * Finds the form of a column.
   *
   * @param type the column's type
   * @return the form, or empty if a column of this type holds no vectors
   */
  public static Optional<VectorForm> of(DataType type) {
    VectorForm form = null;
    if (SparkInternals.sameButForNulls(SQLDataTypes.VectorType(), type)) {
      form = VECTOR;
    } else if (type instanceof ArrayType array) {
      form =
          array.elementType().equals(DataTypes.FloatType)
              ? FLOATS
              : array.elementType().equals(DataTypes.DoubleType) ? DOUBLES : null;
    }
    return Optional.ofNullable(form);
  }

  /**
   * The values of a vector.
   *
   * @param where what holds it, for messages
   * @param value the vector in the form of Spark's rows, not null
   * @return all its values, those that a sparse one leaves out included
   * @throws IllegalArgumentException if a value is null
   */
  double[] values(String where, Object value) {
    if (this != VECTOR) {
      return values(where, (ArrayData) value);
    }
    InternalRow vector = (InternalRow) value;
    double[] values = values(where, vector.getArray(VALUES));
    if (vector.getByte(TYPE) == DENSE) {
      return values;
    }
    double[] all = new double[vector.getInt(SIZE)];
    ArrayData indices = vector.getArray(INDICES);
    for (int i = 0; i < values.length; i++) {
      all[indices.getInt(i)] = values[i];
    }
    return all;
  }

  private double[] values(String where, ArrayData array) {
    double[] values = new double[array.numElements()];
    for (int i = 0; i < values.length; i++) {
      if (array.isNullAt(i)) {
        throw new IllegalArgumentException(
            String.format("%s must have no nulls, but value %d of a vector is null.", where, i));
      }
      values[i] = this == FLOATS ? array.getFloat(i) : array.getDouble(i);
    }
    return values;
  }
}
