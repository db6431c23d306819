package io.github.sparkattention.internal.forms;

import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** The form of a column of sequences of ids, with what decodes it. */
public final class IdForm implements Serializable {
  /** The types that are accepted, for messages. */
  public static final String ACCEPTED = "array<int>, or an array of bigint, smallint or tinyint";

  private static final long serialVersionUID = 1L;

  private static final List<DataType> NUMBERS =
      List.of(DataTypes.IntegerType, DataTypes.LongType, DataTypes.ShortType, DataTypes.ByteType);

  private final DataType number;

  private IdForm(DataType number) {
    this.number = number;
  }

  /**
   * Finds the form of a column.
   *
   * @param type the column's type; whether it may hold nulls does not matter
   * @return the form, or empty if a column of this type holds no ids
   */
  public static Optional<IdForm> of(DataType type) {
    return type instanceof ArrayType sequence && NUMBERS.contains(sequence.elementType())
        ? Optional.of(new IdForm(sequence.elementType()))
        : Optional.empty();
  }

  /**
   * What decodes the column.
   *
   * @param column the column's ordinal
   * @param vocabulary number of ids that there are
   */
  public RowDecoder<int[]> decoder(int column, int vocabulary) {
    return new IdDecoder(column, number, vocabulary);
  }

  /** Bytes that an id takes. */
  public long tokenBytes() {
    return number.defaultSize();
  }
}
