package io.github.sparkattention.internal.expressions;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.GenericArrayData;

/** Vectors by which the nearest ones of another are found, in one pass over all of them. */
public final class NearestTable implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Of several that are equally near, those that come first in the table are nearer. */
  private static final Comparator<Found> WORST_FIRST =
      Comparator.comparingDouble(Found::similarity)
          .thenComparing(Comparator.comparingInt(Found::position).reversed());

  private final ArrayList<Object> ids = new ArrayList<>();
  private final ArrayList<double[]> vectors = new ArrayList<>();
  private final ArrayList<Double> squares = new ArrayList<>();

  private record Found(int position, double similarity) {}

  /** Makes a table without rows. */
  public NearestTable() {}

  /**
   * Adds a row.
   *
   * @param id what names it, in the form of Spark's rows
   * @param vector its values, as many as the others have, all finite
   */
  public void add(Object id, double[] vector) {
    ids.add(id);
    vectors.add(vector);
    squares.add(Cosine.dot(vector, vector));
  }

  /** {@return the values of each vector; 0 in a table without rows} */
  public int width() {
    return vectors.isEmpty() ? 0 : vectors.get(0).length;
  }

  /** {@return the number of rows} */
  public int size() {
    return ids.size();
  }

  /** The nearest rows of a vector, as an array of structs of id and similarity. */
  GenericArrayData nearest(double[] query, int count) {
    double square = Cosine.dot(query, query);
    PriorityQueue<Found> best = new PriorityQueue<>(WORST_FIRST);
    for (int i = 0; i < size(); i++) {
      double similarity = Cosine.of(query, square, vectors.get(i), squares.get(i));
      if (best.size() < count) {
        best.add(new Found(i, similarity));
      } else if (similarity > best.element().similarity) {
        best.remove();
        best.add(new Found(i, similarity));
      }
    }
    Object[] rows = new Object[best.size()];
    for (int i = rows.length - 1; i >= 0; i--) {
      Found found = best.remove();
      rows[i] = new GenericInternalRow(new Object[] {ids.get(found.position), found.similarity});
    }
    return new GenericArrayData(rows);
  }
}
