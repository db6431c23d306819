package io.github.sparkattention.plot;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import scala.collection.Iterator;
import scala.collection.Seq;

/** Takes tokens and weights out of Spark's rows and Scala's collections. */
final class RowWeights {
  private RowWeights() {}

  static Seq<?> column(Row row, String name) {
    if (row.schema() == null) {
      throw new IllegalArgumentException(
          String.format("The row has no schema, and so no column '%s'.", name));
    }
    List<String> names = Arrays.asList(row.schema().fieldNames());
    int index = names.indexOf(name);
    if (index < 0) {
      throw new IllegalArgumentException(
          String.format(
              "Column '%s' is missing; the columns are %s.", name, String.join(", ", names)));
    }
    if (row.get(index) instanceof Seq<?> values) {
      return values;
    }
    throw new IllegalArgumentException(
        String.format(
            "Column '%s' must hold an array, but is %s.",
            name,
            row.isNullAt(index)
                ? "null in this row"
                : row.schema().apply(index).dataType().catalogString()));
  }

  static List<String> tokens(Seq<?> values) {
    List<String> tokens = new ArrayList<>();
    for (Iterator<?> all = values.iterator(); all.hasNext(); ) {
      Object token = all.next();
      tokens.add(token == null ? null : token.toString());
    }
    return tokens;
  }

  static float[][][] floats(Seq<?> heads) {
    float[][][] weights = new float[heads.length()][][];
    for (int head = 0; head < weights.length; head++) {
      Seq<?> queries = sequence(heads.apply(head), "head " + head);
      weights[head] = new float[queries.length()][];
      for (int query = 0; query < weights[head].length; query++) {
        String place = "head " + head + ", query " + query;
        weights[head][query] = floats(sequence(queries.apply(query), place), place);
      }
    }
    return weights;
  }

  private static Seq<?> sequence(Object value, String place) {
    if (value instanceof Seq<?> values) {
      return values;
    }
    throw new IllegalArgumentException(
        String.format("Weights of %s must be an array, but are %s.", place, kind(value)));
  }

  private static float[] floats(Seq<?> keys, String place) {
    float[] floats = new float[keys.length()];
    for (int key = 0; key < floats.length; key++) {
      if (!(keys.apply(key) instanceof Number number)) {
        throw new IllegalArgumentException(
            String.format(
                "The weight of %s, key %d must be a number, but is %s.",
                place, key, kind(keys.apply(key))));
      }
      floats[key] = number.floatValue();
    }
    return floats;
  }

  private static String kind(Object value) {
    return value == null ? "null" : value.getClass().getSimpleName();
  }
}
