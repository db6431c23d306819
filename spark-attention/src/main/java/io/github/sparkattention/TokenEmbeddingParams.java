package io.github.sparkattention;

import java.util.List;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamValidators;
import org.apache.spark.ml.param.Params;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** What {@link TokenEmbedding} and its estimator have in common: params, and the schema's check. */
interface TokenEmbeddingParams extends Params {
  /** One vector a token. */
  DataType SEQUENCE =
      DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.FloatType, false), false);

  /**
   * The column of words, {@code array<string>}; {@code "words"} unless set.
   *
   * @return the param
   */
  Param<String> inputCol();

  /**
   * The column of token embeddings that is added, {@code array<array<float>>}; {@code "tokens"}
   * unless set.
   *
   * @return the param
   */
  Param<String> outputCol();

  /**
   * What becomes of a word that has no vector: {@code zero} (a zero vector, so that tokens and
   * words stay aligned; the default), {@code skip} (no token) or {@code error} (the job fails).
   *
   * @return the param
   */
  Param<String> unknownWords();

  /**
   * What is added to the vectors: {@code none} (the default) or {@code sinusoidal}, the encoding of
   * a token's position in "Attention Is All You Need".
   *
   * @return the param
   */
  Param<String> positions();

  /**
   * The column of words.
   *
   * @return the value of {@link #inputCol()}
   */
  default String getInputCol() {
    return getOrDefault(inputCol());
  }

  /**
   * The column of token embeddings.
   *
   * @return the value of {@link #outputCol()}
   */
  default String getOutputCol() {
    return getOrDefault(outputCol());
  }

  /**
   * What becomes of a word that has no vector.
   *
   * @return the value of {@link #unknownWords()}
   */
  default String getUnknownWords() {
    return getOrDefault(unknownWords());
  }

  /**
   * What is added to the vectors.
   *
   * @return the value of {@link #positions()}
   */
  default String getPositions() {
    return getOrDefault(positions());
  }

  /** The params of a stage; for constructors, after the uid is set. */
  record Declared(
      Param<String> inputCol,
      Param<String> outputCol,
      Param<String> unknownWords,
      Param<String> positions) {

    static Declared by(Params stage) {
      return new Declared(
          new Param<>(stage, "inputCol", "name of the column of words, array<string>"),
          new Param<>(
              stage, "outputCol", "name of the column of token embeddings, array<array<float>>"),
          new Param<>(
              stage,
              "unknownWords",
              "what becomes of a word without a vector: zero, skip or error",
              ParamValidators.inArray(List.of("zero", "skip", "error"))),
          new Param<>(
              stage,
              "positions",
              "what is added to the vectors: none or sinusoidal",
              ParamValidators.inArray(List.of("none", "sinusoidal"))));
    }
  }

  /**
   * Checks the input's columns.
   *
   * @param schema the columns that come in
   * @return the columns that go out
   * @throws IllegalArgumentException if the column of words is missing or of another type, or if
   *     the output's name is taken
   */
  default StructType outputSchema(StructType schema) {
    String input = getInputCol();
    List<String> names = List.of(schema.fieldNames());
    if (!names.contains(input)) {
      throw new IllegalArgumentException(
          String.format(
              "%s: Column '%s' (inputCol) is missing; the columns are %s.",
              uid(), input, String.join(", ", names)));
    }
    DataType type = schema.apply(input).dataType();
    if (!(type instanceof ArrayType array && array.elementType().equals(DataTypes.StringType))) {
      throw new IllegalArgumentException(
          String.format(
              "%s: Column '%s' must be array<string>, but is %s.",
              uid(), input, type.catalogString()));
    }
    if (names.contains(getOutputCol())) {
      throw new IllegalArgumentException(
          String.format(
              "%s: Column '%s' exists already; drop it, or set outputCol to another name.",
              uid(), getOutputCol()));
    }
    return schema.add(getOutputCol(), SEQUENCE, true);
  }

  /** The column of words of a dataset, whatever characters its name has. */
  default Column words(Dataset<?> dataset) {
    return dataset.col("`" + getInputCol().replace("`", "``") + "`");
  }
}
