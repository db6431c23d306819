package io.github.sparkattention.bench;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** A way to context vectors in Spark: this project's stage, or what users write without it. */
interface SparkContender {

  /** What the tables call it. */
  String name();

  /**
   * Plans the work.
   *
   * @param rows {@code id} and {@code tokens}, an array of arrays of floats
   * @return {@code id} and {@code context}, of the same type
   */
  Dataset<Row> context(Dataset<Row> rows);
}
