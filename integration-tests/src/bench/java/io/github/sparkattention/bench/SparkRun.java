package io.github.sparkattention.bench;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;

/**
 * A query whose every row is made and thrown away.
 *
 * @param name what the tables call it
 * @param query the query
 */
record SparkRun(String name, Dataset<Row> query) implements Timed {

  @Override
  public void forward() {
    query.write().format("noop").mode(SaveMode.Overwrite).save();
  }

  /** The arrays of the query's second column in its first rows, each as one array of values. */
  float[][] firstRows(int rows, int width) {
    List<Row> first = query.where("id < " + rows).orderBy("id").collectAsList();
    return first.stream()
        .map(row -> RowBatches.flat(row.getList(1), width))
        .toArray(float[][]::new);
  }
}
