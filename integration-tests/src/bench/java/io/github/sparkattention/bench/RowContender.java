package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.contract.SeededWeights;
import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * A model in {@code mapPartitions} over Spark's rows, loaded once a partition, in batches of 32
 * rows as they come.
 *
 * @param name what the tables call it
 * @param config the layer
 * @param loader loads the model
 */
record RowContender(String name, AttentionConfig config, RowModel.Loader loader)
    implements SparkContender, MapPartitionsFunction<Row, Row> {
  private static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.LongType)
          .add(
              "context", DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.FloatType)));

  @Override
  public Dataset<Row> context(Dataset<Row> rows) {
    return rows.mapPartitions(this, Encoders.row(SCHEMA));
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    RowModel model = loader.load(config, SeededWeights.attention(config, Workload.WEIGHTS_SEED));
    TaskContext.get()
        .addTaskCompletionListener(
            ended -> {
              model.close();
              return null;
            });
    return new RowBatches(rows, config, model);
  }
}
