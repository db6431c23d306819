package io.github.sparkattention;

import org.apache.spark.sql.SparkSession;

/** The one Spark session that all tests of this module share. */
public final class LocalSpark {
  private static final SparkSession SESSION =
      SparkSession.builder()
          // Two cores, and a task that fails is tried once more, as on a cluster.
          .master("local[2, 2]")
          .appName("spark-attention tests")
          .config("spark.ui.enabled", "false")
          .config("spark.driver.host", "127.0.0.1")
          .config("spark.driver.bindAddress", "127.0.0.1")
          .config("spark.sql.shuffle.partitions", "3")
          .config("spark.sql.warehouse.dir", System.getProperty("java.io.tmpdir") + "/warehouse")
          // Fussier than Java's own serializer: it can't write records, for one.
          .config("spark.serializer", "org.apache.spark.serializer.KryoSerializer")
          .getOrCreate();

  private LocalSpark() {}

  /** The session. */
  public static SparkSession session() {
    return SESSION;
  }
}
