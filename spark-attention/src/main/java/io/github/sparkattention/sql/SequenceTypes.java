package io.github.sparkattention.sql;

import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** The types of a column of token embeddings. */
public final class SequenceTypes {
  /** The types that are accepted, for messages. */
  public static final String ACCEPTED = "array<array<float>> or array<array<double>>";

  private SequenceTypes() {}

  /**
   * Whether a column of this type holds sequences of token embeddings.
   *
   * @param type the column's type
   * @return true if it does
   */
  public static boolean isSequence(DataType type) {
    return type instanceof ArrayType sequence
        && sequence.elementType() instanceof ArrayType token
        && (token.elementType().equals(DataTypes.FloatType)
            || token.elementType().equals(DataTypes.DoubleType));
  }
}
