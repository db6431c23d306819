package io.github.sparkattention.it;

import io.github.sparkattention.sql.AttentionExtensions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** The Spark session that the tests of a JVM share, and rows for them. */
public final class LocalSpark {
  private static SparkSession session;

  private LocalSpark() {}

  /** The session, which is opened anew if it was stopped. */
  public static synchronized SparkSession session() {
    if (session == null || session.sparkContext().isStopped()) {
      session =
          SparkSession.builder()
              .master("local[2]")
              .appName("integration tests")
              .config("spark.sql.shuffle.partitions", "2")
              .config("spark.sql.extensions", AttentionExtensions.class.getName())
              .getOrCreate();
    }
    return session;
  }

  /** Stops the session, for tests with a Spark of their own: a JVM has one. */
  public static synchronized void stop() {
    if (session != null) {
      session.stop();
    }
  }

  /** Rows (id, name, tokens), the same ones every time, with one sequence of each length. */
  public static Dataset<Row> rows(int width, int... lengths) {
    Random random = new Random(7);
    List<Row> rows = new ArrayList<>();
    for (int length : lengths) {
      List<List<Float>> tokens = new ArrayList<>();
      for (int token = 0; token < length; token++) {
        List<Float> vector = new ArrayList<>();
        for (int i = 0; i < width; i++) {
          vector.add((float) random.nextGaussian());
        }
        tokens.add(vector);
      }
      rows.add(RowFactory.create((long) rows.size(), "row " + rows.size(), tokens));
    }
    return session()
        .createDataFrame(
            rows,
            new StructType()
                .add("id", DataTypes.LongType)
                .add("name", DataTypes.StringType)
                .add(
                    "tokens",
                    DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.FloatType))));
  }
}
