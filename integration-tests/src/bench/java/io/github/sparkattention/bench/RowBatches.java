package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.PackedSequences;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Queue;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** A partition's rows with their context vectors, computed in batches. */
final class RowBatches implements Iterator<Row> {
  /** Rows of a batch, of which peers pad each to the longest. */
  static final int ROWS = 32;

  private final Iterator<Row> rows;
  private final AttentionConfig config;
  private final RowModel model;
  private final Queue<Row> results = new ArrayDeque<>();

  RowBatches(Iterator<Row> rows, AttentionConfig config, RowModel model) {
    this.rows = rows;
    this.config = config;
    this.model = model;
  }

  @Override
  public boolean hasNext() {
    return !results.isEmpty() || rows.hasNext();
  }

  @Override
  public Row next() {
    if (results.isEmpty()) {
      computeBatch();
    }
    return results.remove();
  }

  private void computeBatch() {
    List<Long> ids = new ArrayList<>();
    List<float[]> tokens = new ArrayList<>();
    while (ids.size() < ROWS && rows.hasNext()) {
      Row row = rows.next();
      ids.add(row.getLong(0));
      tokens.add(flat(row.getList(1), config.dIn()));
    }
    PackedSequences sequences = PackedSequences.pack(tokens.toArray(float[][]::new), config.dIn());
    float[] context = new float[sequences.total() * config.dOut()];
    model.forward(sequences, context);
    for (int s = 0; s < ids.size(); s++) {
      float[][] vectors = new float[sequences.length(s)][];
      for (int t = 0; t < vectors.length; t++) {
        int from = (sequences.offset(s) + t) * config.dOut();
        vectors[t] = Arrays.copyOfRange(context, from, from + config.dOut());
      }
      results.add(RowFactory.create(ids.get(s), vectors));
    }
  }

  /** The values of a sequence, which Spark gives as objects. */
  static float[] flat(List<scala.collection.Seq<Float>> tokens, int width) {
    float[] values = new float[tokens.size() * width];
    int at = 0;
    for (scala.collection.Seq<Float> token : tokens) {
      scala.collection.Iterator<Float> dimensions = token.iterator();
      while (dimensions.hasNext()) {
        values[at] = dimensions.next();
        at++;
      }
    }
    return values;
  }
}
