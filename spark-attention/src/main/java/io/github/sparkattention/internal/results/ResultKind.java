package io.github.sparkattention.internal.results;

import io.github.sparkattention.kernels.AttentionConfig;
import java.util.Locale;
import java.util.function.Function;
import org.apache.spark.ml.attribute.AttributeGroup;
import org.apache.spark.ml.linalg.SQLDataTypes;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;

/** What a column of results may hold, each with its type and with what writes it. */
@SuppressWarnings("ImmutableEnumChecker") // Spark's types never change, nor do constructors.
public enum ResultKind {
  /** Context vectors, one array a token. */
  CONTEXT_ARRAY("outputCol", matrix(), ResultWriters.ContextArrays::new),
  /** Context vectors, one after another. */
  CONTEXT_FLAT("outputCol", array(DataTypes.FloatType), ResultWriters.ContextFlat::new),
  /** Context vectors, one of Spark's vectors a token. */
  CONTEXT_VECTORS("outputCol", array(SQLDataTypes.VectorType()), ResultWriters.ContextVectors::new),
  /** Context vectors as the rows of one of Spark's matrices. */
  CONTEXT_MATRIX("outputCol", SQLDataTypes.MatrixType(), ResultWriters.ContextMatrix::new),
  /** The last token's context vector. */
  POOLED_LAST(
      "pooledCol",
      SQLDataTypes.VectorType(),
      config -> new ResultWriters.PooledVector(config, Pooling.LAST)),
  /** The mean of the context vectors. */
  POOLED_MEAN(
      "pooledCol",
      SQLDataTypes.VectorType(),
      config -> new ResultWriters.PooledVector(config, Pooling.MEAN)),
  /** The largest value of the context vectors in each dimension. */
  POOLED_MAX(
      "pooledCol",
      SQLDataTypes.VectorType(),
      config -> new ResultWriters.PooledVector(config, Pooling.MAX)),
  /** Attention weights, heads x n x n. */
  ATTENTION_WEIGHTS("attentionWeightsCol", array(matrix()), ResultWriters.WeightArrays::new),
  /** Log-sum-exps of the scores, heads x n. */
  LOG_SUM_EXP("logSumExpCol", matrix(), ResultWriters.LogSumExpArrays::new);

  private final String param;
  private final DataType type;
  private final Function<AttentionConfig, ResultWriter> writer;

  ResultKind(String param, DataType type, Function<AttentionConfig, ResultWriter> writer) {
    this.param = param;
    this.type = type;
    this.writer = writer;
  }

  private static DataType array(DataType element) {
    return DataTypes.createArrayType(element, false);
  }

  private static DataType matrix() {
    return array(array(DataTypes.FloatType));
  }

  /**
   * The context vectors in one of the forms that users name.
   *
   * @param format array, flat, vectors or matrix
   * @return the kind
   */
  public static ResultKind context(String format) {
    return named("CONTEXT_", format);
  }

  /**
   * The context vectors of a sequence as one, in one of the ways that users name.
   *
   * @param pooling last, mean or max
   * @return the kind
   */
  public static ResultKind pooled(String pooling) {
    return named("POOLED_", pooling);
  }

  private static ResultKind named(String prefix, String name) {
    return valueOf(prefix + name.toUpperCase(Locale.ROOT));
  }

  /**
   * The param that names such a column.
   *
   * @return the param's name
   */
  public String param() {
    return param;
  }

  public DataType type() {
    return type;
  }

  /** The size of vectors as Spark ML's attributes, for the stages that read them. */
  public Metadata metadata(String name, AttentionConfig config) {
    return type.equals(SQLDataTypes.VectorType())
        ? new AttributeGroup(name, config.dOut()).toMetadata()
        : Metadata.empty();
  }

  public ResultWriter writer(AttentionConfig config) {
    return writer.apply(config);
  }
}
