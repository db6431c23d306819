package io.github.sparkattention.it.cluster;

import io.github.sparkattention.CausalAttention;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Attention over rows of many lengths, whose results are told apart by each of their bits. */
final class ClusterJob {
  static final int ROWS = 5000;
  static final int PARTITIONS = 20;

  /** Sequences of 0 to 23 tokens, made of whole numbers only, so that any JVM makes the same. */
  private static final String TOKENS =
      "transform(filter(sequence(0, 23), t -> t < id * 37 % 24), t -> transform(sequence(0, 15),"
          + " d -> cast(((id * 7919 + t * 104729 + d * 1299709) % 2003 - 1001) / 1000D as float)))";

  private ClusterJob() {}

  /** Rows (id, tokens), in a file for each partition. */
  static void writeRows(SparkSession session, String uri) {
    session
        .range(0, ROWS, 1, PARTITIONS)
        .selectExpr("id", TOKENS + " as tokens")
        .write()
        .parquet(uri);
  }

  /** Adds the context vectors, in several batches for each partition. */
  static Dataset<Row> attend(Dataset<Row> rows, String backend) {
    return new CausalAttention()
        .setDIn(16)
        .setDOut(16)
        .setNumHeads(2)
        .setSeed(123)
        .setBatchTokens(256)
        .setBackend(backend)
        .transform(rows);
  }

  /** A digest of each row's context vectors, by the row's id. */
  static Map<Long, String> digests(Dataset<Row> attended) {
    Map<Long, String> digests = new TreeMap<>();
    // A float's shortest decimal tells it apart from all others.
    Dataset<Row> texts = attended.selectExpr("id", "sha2(cast(context as string), 256)");
    for (Row row : texts.collectAsList()) {
      if (digests.put(row.getLong(0), row.getString(1)) != null) {
        throw new AssertionError("id " + row.getLong(0) + " came twice");
      }
    }
    return digests;
  }
}
