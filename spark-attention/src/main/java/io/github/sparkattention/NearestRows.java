package io.github.sparkattention;

import io.github.sparkattention.internal.expressions.FindNearest;
import io.github.sparkattention.internal.expressions.NearestTable;
import io.github.sparkattention.internal.expressions.VectorForm;
import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.internal.stages.StageColumns;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * The rows of a small table whose vectors are nearest to those of other rows, by the cosine of the
 * angle between them. It is exact: each vector is compared with all of the table, which is
 * broadcast, and keeps the best in a heap. Of rows that are equally near, those with lower ids come
 * first.
 *
 * <pre>{@code
 * NearestRows.of(sentences, "id", "embedding").search(queries, "embedding", 5, "nearest")
 * }</pre>
 *
 * <p>The work is that of queries × rows × values. Beyond some hundred thousand rows an approximate
 * index serves better: {@code BucketedRandomProjectionLSH} of Spark ML, which needs nothing else,
 * or a vector database or a library of HNSW graphs such as Lucene's, jvector or Faiss.
 */
public final class NearestRows {
  private static final String NAME = "NearestRows";

  /** So many values take 1 GiB on the driver and on each executor. */
  private static final long MOST_VALUES = 1L << 27;

  private static final Set<DataType> IDS =
      Set.of(DataTypes.LongType, DataTypes.IntegerType, DataTypes.StringType);

  private final NearestTable table;
  private final DataType idType;
  private SparkContext broadcastIn;
  private Broadcast<NearestTable> broadcast;

  private NearestRows(NearestTable table, DataType idType) {
    this.table = table;
    this.idType = idType;
  }

  /**
   * Reads a table onto the driver.
   *
   * @param rows the table
   * @param idCol its column of ids, which differ: bigint, int or string
   * @param vectorCol its column of vectors: vector, array&lt;float&gt; or array&lt;double&gt;, all
   *     of one length
   * @return what finds rows in it
   * @throws IllegalArgumentException if a column is missing or of another type, if an id or a
   *     vector is null or comes twice, if a value is not finite, or if the vectors have more than
   *     134,217,728 values in all
   */
  public static NearestRows of(Dataset<?> rows, String idCol, String vectorCol) {
    SparkInternals.requireClassic(rows);
    StageColumns columns = new StageColumns(NAME, rows.schema());
    DataType idType = columns.require(idCol, "idCol").dataType();
    if (!IDS.contains(idType)) {
      throw columns.refused(
          String.format(
              "Column '%s' (idCol) must be bigint, int or string, but is %s.",
              idCol, idType.simpleString()));
    }
    requireVectors(columns, vectorCol);
    Column id = columns.of(rows, idCol, "idCol");
    Iterator<Row> sorted =
        rows.select(id, columns.of(rows, vectorCol, "vectorCol")).orderBy(id).toLocalIterator();
    NearestTable table = new NearestTable();
    Object before = null;
    while (sorted.hasNext()) {
      Row row = sorted.next();
      if (row.isNullAt(0) || row.isNullAt(1)) {
        throw columns.refused(
            row.isNullAt(0)
                ? String.format("Column '%s' must have no nulls, but has one.", idCol)
                : String.format(
                    "Column '%s' must have no nulls, but has one in the row with the id %s.",
                    vectorCol, row.get(0)));
      }
      if (row.get(0).equals(before)) {
        throw columns.refused(
            String.format("Column '%s' must have each id once, but has %s twice.", idCol, before));
      }
      before = row.get(0);
      add(columns, table, vectorCol, before, values(row));
    }
    return new NearestRows(table, idType);
  }

  private static void requireVectors(StageColumns columns, String vectorCol) {
    DataType type = columns.require(vectorCol, "vectorCol").dataType();
    if (VectorForm.of(type).isEmpty()) {
      throw columns.refused(
          String.format(
              "Column '%s' (vectorCol) must be %s, but is %s.",
              vectorCol, VectorForm.ACCEPTED, type.simpleString()));
    }
  }

  /** The values of a row's vector, NaN for a null. */
  private static double[] values(Row row) {
    if (row.get(1) instanceof Vector vector) {
      return vector.toArray();
    }
    List<Number> list = row.getList(1);
    double[] values = new double[list.size()];
    for (int i = 0; i < values.length; i++) {
      Number value = list.get(i);
      values[i] = value == null ? Double.NaN : value.doubleValue();
    }
    return values;
  }

  private static void add(
      StageColumns columns, NearestTable table, String vectorCol, Object id, double[] values) {
    if (table.size() > 0 && values.length != table.width()) {
      throw columns.refused(
          String.format(
              "Column '%s' must have vectors of one length, but has %d and %d values, these in the"
                  + " row with the id %s.",
              vectorCol, table.width(), values.length, id));
    }
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        throw columns.refused(
            String.format(
                "Column '%s' must have finite values, but value %d in the row with the id %s is"
                    + " none.",
                vectorCol, i, id));
      }
    }
    if ((table.size() + 1L) * values.length > MOST_VALUES) {
      throw columns.refused(
          String.format(
              "A table must have at most %d values in all, but column '%s' has more after %d rows;"
                  + " take an approximate index for so many.",
              MOST_VALUES, vectorCol, table.size()));
    }
    table.add(id instanceof String text ? UTF8String.fromString(text) : id, values);
  }

  /**
   * Adds to each row the nearest ones of the table.
   *
   * @param queries the rows
   * @param vectorCol their column of vectors, of the table's length; null gives null
   * @param count how many rows are wanted, at least 1; there are fewer if the table has fewer
   * @param outputCol name of the column that is added: array&lt;struct&lt;id, similarity:
   *     double&gt;&gt;, the nearest first
   * @return the rows with the added column
   * @throws IllegalArgumentException if a column is missing, of another type or there already, or
   *     if the count is less than 1
   */
  public Dataset<Row> search(Dataset<?> queries, String vectorCol, int count, String outputCol) {
    SparkInternals.requireClassic(queries);
    StageColumns columns = new StageColumns(NAME, queries.schema());
    requireVectors(columns, vectorCol);
    columns.requireNew(outputCol, "outputCol");
    if (count < 1) {
      throw columns.refused(String.format("count must be at least 1, but is %d.", count));
    }
    FindNearest nearest =
        new FindNearest(
            new FindNearest.Rules(
                broadcast(queries.sparkSession().sparkContext()),
                table.size(),
                idType,
                count,
                vectorCol),
            SparkInternals.expression(columns.of(queries, vectorCol, "vectorCol")));
    return queries.select(functions.col("*"), SparkInternals.column(nearest).as(outputCol));
  }

  private synchronized Broadcast<NearestTable> broadcast(SparkContext context) {
    // A broadcast ends with its application, and a JVM may see several of them.
    if (broadcastIn != context) {
      broadcast = JavaSparkContext.fromSparkContext(context).broadcast(table);
      broadcastIn = context;
    }
    return broadcast;
  }
}
