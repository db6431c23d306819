package io.github.sparkattention;

import io.github.sparkattention.internal.stages.StageColumns;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The columns of a stage that turns words into token embeddings. */
final class EmbeddingColumns {
  /** One vector a token. */
  static final DataType SEQUENCE =
      DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.FloatType, false), false);

  private EmbeddingColumns() {}

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
    DataType type =
        columns.require(stage.getInputCol(), TokenEmbeddingParams.INPUT_COL.name()).dataType();
    if (!(type instanceof ArrayType array && array.elementType().equals(DataTypes.StringType))) {
      throw columns.refused(
          String.format(
              "Column '%s' must be array<string>, but is %s.",
              stage.getInputCol(), type.catalogString()));
    }
    columns.requireNew(stage.getOutputCol(), TokenEmbeddingParams.OUTPUT_COL.name());
    return schema.add(stage.getOutputCol(), SEQUENCE, true);
  }

  /** The column of words of a dataset. */
  static Column words(TokenEmbeddingParams<?> stage, Dataset<?> dataset) {
    return new StageColumns(stage.uid(), dataset.schema())
        .of(dataset, stage.getInputCol(), TokenEmbeddingParams.INPUT_COL.name());
  }
}
