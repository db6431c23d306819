package io.github.sparkattention.bench;

import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A way from texts to vectors in Spark: this project's stages, or what users write without them.
 */
interface TextContender {

  /** What the tables call it. */
  String name();

  /**
   * Plans the work.
   *
   * @param rows {@code id} and {@code text}
   * @return {@code id} and {@code embedding}, a vector or an array of floats
   */
  Dataset<Row> embed(Dataset<Row> rows);
}
