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
  private static final String INPUT = "inputCol";
  private static final String OUTPUT = "outputCol";

  /** One vector a token. */
  static final DataType SEQUENCE =
      DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.FloatType, false), false);

  /**
   * Declares the params of a stage, with their defaults; for constructors, after the uid is set.
   */
  static EmbeddingColumns of(Params stage) {
    EmbeddingColumns columns =
        new EmbeddingColumns(
            new Param<>(stage, INPUT, "name of the column of words, array<string>"),
            new Param<>(
                stage, OUTPUT, "name of the column of token embeddings, array<array<float>>"),
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
    StageColumns columns = new StageColumns(stage.uid(), schema);
    DataType type = columns.require(stage.getInputCol(), INPUT).dataType();
    if (!(type instanceof ArrayType array && array.elementType().equals(DataTypes.StringType))) {
      throw columns.refused(
          String.format(
              "Column '%s' must be array<string>, but is %s.",
              stage.getInputCol(), type.catalogString()));
    }
    columns.requireNew(stage.getOutputCol(), OUTPUT);
    return schema.add(stage.getOutputCol(), SEQUENCE, true);
  }

  /** The column of words of a dataset. */
  static Column words(TokenEmbeddingParams<?> stage, Dataset<?> dataset) {
    return new StageColumns(stage.uid(), dataset.schema()).of(dataset, stage.getInputCol(), INPUT);
  }
}
