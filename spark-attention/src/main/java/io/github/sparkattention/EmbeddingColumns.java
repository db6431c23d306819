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

/** The params of a stage that turns words into token embeddings, and the check of its columns. */
record EmbeddingColumns(
    Param<String> inputCol,
    Param<String> outputCol,
    Param<String> unknownWords,
    Param<String> positions) {
  /** One vector a token. */
  static final DataType SEQUENCE =
      DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.FloatType, false), false);

  /**
   * Declares the params of a stage, with their defaults; for constructors, after the uid is set.
   */
  static EmbeddingColumns of(Params stage) {
    EmbeddingColumns columns =
        new EmbeddingColumns(
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
    stage.setDefault(columns.inputCol, "words");
    stage.setDefault(columns.outputCol, "tokens");
    stage.setDefault(columns.unknownWords, "zero");
    stage.setDefault(columns.positions, "none");
    return columns;
  }

  /**
   * Checks the input's columns.
   *
   * @param stage the stage
   * @param schema the columns that come in
   * @return the columns that go out
   * @throws IllegalArgumentException if the column of words is missing or of another type, or if
   *     the output's name is taken
   */
  static StructType outputSchema(TokenEmbeddingParams<?> stage, StructType schema) {
    String input = stage.getInputCol();
    List<String> names = List.of(schema.fieldNames());
    if (!names.contains(input)) {
      throw new IllegalArgumentException(
          String.format(
              "%s: Column '%s' (inputCol) is missing; the columns are %s.",
              stage.uid(), input, String.join(", ", names)));
    }
    DataType type = schema.apply(input).dataType();
    if (!(type instanceof ArrayType array && array.elementType().equals(DataTypes.StringType))) {
      throw new IllegalArgumentException(
          String.format(
              "%s: Column '%s' must be array<string>, but is %s.",
              stage.uid(), input, type.catalogString()));
    }
    if (names.contains(stage.getOutputCol())) {
      throw new IllegalArgumentException(
          String.format(
              "%s: Column '%s' exists already; drop it, or set outputCol to another name.",
              stage.uid(), stage.getOutputCol()));
    }
    return schema.add(stage.getOutputCol(), SEQUENCE, true);
  }

  /** The column of words of a dataset, whatever characters its name has. */
  static Column words(TokenEmbeddingParams<?> stage, Dataset<?> dataset) {
    return dataset.col("`" + stage.getInputCol().replace("`", "``") + "`");
  }
}
