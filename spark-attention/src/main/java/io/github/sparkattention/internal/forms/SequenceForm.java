package io.github.sparkattention.internal.forms;

import io.github.sparkattention.internal.spark.SparkInternals;
import java.io.Serializable;
import java.util.Optional;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;

/** A form that a column of token-embedding sequences may have, with what decodes it. */
public final class SequenceForm implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final DataType VECTORS = DataTypes.createArrayType(SQLDataTypes.VectorType());
  private static final DataType MATRIX = SQLDataTypes.MatrixType();
  private static final DataType ANNOTATIONS =
      DataTypes.createArrayType(AnnotationsDecoder.ANNOTATION);

  /** The types that are accepted, for messages. */
  public static final String ACCEPTED =
      String.format(
          "array<array<number>>, %s, %s, array<number> or %s (a number is tinyint, smallint, int,"
              + " bigint, decimal, float or double)",
          VECTORS.simpleString(), MATRIX.simpleString(), ANNOTATIONS.simpleString());

  /** How a row's tokens lie in its column. */
  private enum Shape {
    NESTED(ArraysDecoder::new),
    VECTORS(VectorsDecoder::new),
    MATRIX(MatrixDecoder::new),
    FLAT(FlatDecoder::new),
    ANNOTATIONS(AnnotationsDecoder::new);

    @SuppressWarnings("ImmutableEnumChecker") // Constructors never change.
    private final Decoders decoders;

    Shape(Decoders decoders) {
      this.decoders = decoders;
    }
  }

  @FunctionalInterface
  private interface Decoders {
    RowDecoder<float[]> decoder(int column, int width, ValueArray values);
  }

  private final Shape shape;
  private final DataType number;

  private SequenceForm(Shape shape, DataType number) {
    this.shape = shape;
    this.number = number;
  }

  /**
   * Finds the form of a column.
   *
   * @param type the column's type; whether it may hold nulls does not matter
   * @return the form, or empty if a column of this type holds no sequences
   */
  public static Optional<SequenceForm> of(DataType type) {
    SequenceForm form = null;
    if (type instanceof ArrayType sequence && sequence.elementType() instanceof NumericType) {
      form = new SequenceForm(Shape.FLAT, sequence.elementType());
    } else if (type instanceof ArrayType sequence
        && sequence.elementType() instanceof ArrayType token
        && token.elementType() instanceof NumericType) {
      form = new SequenceForm(Shape.NESTED, token.elementType());
    } else if (SparkInternals.sameButForNulls(VECTORS, type)) {
      form = new SequenceForm(Shape.VECTORS, DataTypes.DoubleType);
    } else if (SparkInternals.sameButForNulls(MATRIX, type)) {
      form = new SequenceForm(Shape.MATRIX, DataTypes.DoubleType);
    } else if (SparkInternals.sameButForNulls(ANNOTATIONS, type)) {
      form = new SequenceForm(Shape.ANNOTATIONS, DataTypes.FloatType);
    }
    return Optional.ofNullable(form);
  }

  /**
   * What decodes the column.
   *
   * @param column the column's ordinal
   * @param width values per token
   */
  public RowDecoder<float[]> decoder(int column, int width) {
    return shape.decoders.decoder(column, width, ValueArray.of(number));
  }

  /** Bytes that the values of a token take, as far as their type tells. */
  public long tokenBytes(int width) {
    return (long) width * number.defaultSize();
  }
}
