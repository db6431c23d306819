package io.github.sparkattention.sql;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** The forms that a column of token-embedding sequences may have, each with what decodes it. */
@SuppressWarnings("ImmutableEnumChecker") // Spark's types never change, nor do constructors.
public enum SequenceForm {
  /** {@code array<array<float>>}: one array a token. */
  FLOAT_ARRAYS(array(array(DataTypes.FloatType)), ArraysDecoder::floats),
  /** {@code array<array<double>>}: one array a token. */
  DOUBLE_ARRAYS(array(array(DataTypes.DoubleType)), ArraysDecoder::doubles),
  /** {@code array<vector>}: one of Spark's vectors a token, dense or sparse. */
  VECTORS(array(SQLDataTypes.VectorType()), VectorsDecoder::new),
  /** Spark's {@code matrix}: one row a token, dense or sparse. */
  MATRIX(SQLDataTypes.MatrixType(), MatrixDecoder::new),
  /** {@code array<float>}: one token after another. */
  FLAT_FLOATS(array(DataTypes.FloatType), FlatDecoder::floats),
  /** {@code array<double>}: one token after another. */
  FLAT_DOUBLES(array(DataTypes.DoubleType), FlatDecoder::doubles),
  /** Spark NLP's annotations: one a token, with its embeddings. */
  ANNOTATIONS(array(AnnotationsDecoder.ANNOTATION), AnnotationsDecoder::new);

  /** The types that are accepted, for messages. */
  public static final String ACCEPTED =
      Arrays.stream(values())
          .map(form -> form.type.simpleString())
          .collect(Collectors.joining(", "));

  private final DataType type;
  private final Decoders decoders;

  @FunctionalInterface
  private interface Decoders {
    RowDecoder decoder(int column, int width);
  }

  SequenceForm(DataType type, Decoders decoders) {
    this.type = type;
    this.decoders = decoders;
  }

  private static DataType array(DataType element) {
    return DataTypes.createArrayType(element);
  }

  /**
   * Finds the form of a column.
   *
   * @param type the column's type; whether it may hold nulls does not matter
   * @return the form, or empty if a column of this type holds no sequences
   */
  public static Optional<SequenceForm> of(DataType type) {
    return Arrays.stream(values())
        .filter(form -> SparkInternals.sameButForNulls(form.type, type))
        .findFirst();
  }

  /**
   * What decodes the column.
   *
   * @param column the column's ordinal
   * @param width values per token
   */
  RowDecoder decoder(int column, int width) {
    return decoders.decoder(column, width);
  }
}
