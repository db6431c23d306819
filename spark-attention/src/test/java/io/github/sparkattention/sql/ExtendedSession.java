package io.github.sparkattention.sql;

import io.github.sparkattention.LocalSpark;
import io.github.sparkattention.Sequences;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** A session of the tests' application that was built with the extensions. */
public final class ExtendedSession {
  private static final SparkSession SESSION = create();

  private ExtendedSession() {}

  public static SparkSession get() {
    return SESSION;
  }

  private static SparkSession create() {
    SparkSession usual = LocalSpark.session();
    SparkSession.clearActiveSession();
    SparkSession.clearDefaultSession();
    try {
      return SparkSession.builder().withExtensions(new AttentionExtensions()).getOrCreate();
    } finally {
      SparkSession.setDefaultSession(usual);
      SparkSession.setActiveSession(usual);
    }
  }

  /** These sequences as a view (id, tokens) of one partition. */
  public static void view(String name, List<float[][]> sequences) {
    Dataset<Row> rows = Sequences.floats(sequences);
    SESSION
        .createDataFrame(rows.collectAsList(), rows.schema())
        .coalesce(1)
        .createOrReplaceTempView(name);
  }
}
