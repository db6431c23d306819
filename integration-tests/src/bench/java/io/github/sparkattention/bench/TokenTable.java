package io.github.sparkattention.bench;

import java.util.List;
import java.util.SplittableRandom;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/** A case's sequences as a Parquet table. */
final class TokenTable {
  private static final int FILES = 8;

  private TokenTable() {}

  /** One row. */
  public static final class Sequence {
    private long id;
    private float[][] tokens;

    /**
     * The row's number.
     *
     * @return from 0 on
     */
    public long getId() {
      return id;
    }

    /**
     * Sets the row's number.
     *
     * @param id from 0 on
     */
    public void setId(long id) {
      this.id = id;
    }

    /**
     * The token embeddings.
     *
     * @return [n, width]
     */
    public float[][] getTokens() {
      return tokens;
    }

    /**
     * Sets the token embeddings.
     *
     * @param tokens [n, width]
     */
    public void setTokens(float[][] tokens) {
      this.tokens = tokens;
    }
  }

  /** Writes a table, with standard normal values from a seed, and opens it. */
  static Dataset<Row> write(SparkSession session, BenchmarkCase benchmarkCase, String path) {
    List<Integer> lengths = List.copyOf(benchmarkCase.lengths());
    int width = benchmarkCase.config().dIn();
    MapFunction<Long, Sequence> draw = id -> sequence(id, lengths.get(id.intValue()), width);
    session
        .range(0, lengths.size(), 1, FILES)
        .map(draw, Encoders.bean(Sequence.class))
        .select("id", "tokens")
        .write()
        .mode(SaveMode.Overwrite)
        .parquet(path);
    return session.read().parquet(path);
  }

  private static Sequence sequence(long id, int length, int width) {
    SplittableRandom random = new SplittableRandom(id);
    float[][] tokens = new float[length][width];
    for (float[] token : tokens) {
      for (int i = 0; i < width; i++) {
        token[i] = (float) random.nextGaussian();
      }
    }
    Sequence sequence = new Sequence();
    sequence.setId(id);
    sequence.setTokens(tokens);
    return sequence;
  }
}
