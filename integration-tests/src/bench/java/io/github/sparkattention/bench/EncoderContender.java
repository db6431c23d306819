package io.github.sparkattention.bench;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * A model in {@code mapPartitions} over Spark's rows, loaded once a JVM, in batches as rows come.
 *
 * @param name what the tables call it
 * @param folder the model's folder
 * @param batch texts of a batch
 * @param loader loads the model
 */
record EncoderContender(String name, String folder, int batch, TextEncoder.Loader loader)
    implements TextContender, MapPartitionsFunction<Row, Row> {
  private static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.LongType)
          .add("embedding", DataTypes.createArrayType(DataTypes.FloatType));

  /** The models of this JVM, by the name of their contender. */
  private static final Map<String, TextEncoder> LOADED = new ConcurrentHashMap<>();

  @Override
  public Dataset<Row> embed(Dataset<Row> texts) {
    return texts.mapPartitions(this, Encoders.row(SCHEMA));
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    TextEncoder encoder = LOADED.computeIfAbsent(name, absent -> loader.load(Path.of(folder)));
    return new Batches(rows, batch, encoder);
  }

  /** A partition's rows with their vectors. */
  private static final class Batches implements Iterator<Row> {
    private final Iterator<Row> rows;
    private final int batch;
    private final TextEncoder encoder;
    private final Queue<Row> results = new ArrayDeque<>();

    Batches(Iterator<Row> rows, int batch, TextEncoder encoder) {
      this.rows = rows;
      this.batch = batch;
      this.encoder = encoder;
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
      List<String> texts = new ArrayList<>();
      while (ids.size() < batch && rows.hasNext()) {
        Row row = rows.next();
        ids.add(row.getLong(0));
        texts.add(row.getString(1));
      }
      List<float[]> vectors = encoder.embed(texts);
      for (int i = 0; i < ids.size(); i++) {
        results.add(RowFactory.create(ids.get(i), vectors.get(i)));
      }
    }
  }
}
