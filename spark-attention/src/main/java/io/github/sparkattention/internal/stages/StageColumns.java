package io.github.sparkattention.internal.stages;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The columns that a stage meets, found by the names that its params give. A param has a column's
 * whole name, whatever characters that has, and nothing in it is quoted. Names that differ in case
 * only are the same one unless {@code spark.sql.caseSensitive} is true, as for Spark's own stages.
 *
 * @param uid the stage's uid, for messages
 * @param schema the columns that come in
 */
public record StageColumns(String uid, StructType schema) {

  /**
   * The one column of a name.
   *
   * @param name what the param says
   * @param param the param's name
   * @return the column, with the name that it has itself
   * @throws IllegalArgumentException if there is none, or more than one
   */
  public StructField require(String name, String param) {
    List<StructField> found = named(name);
    if (found.isEmpty()) {
      throw refused(
          String.format(
              "Column '%s' (%s) is missing; the columns are %s.",
              name, param, String.join(", ", schema.fieldNames())));
    }
    if (found.size() > 1) {
      throw refused(
          String.format("Column '%s' (%s) is ambiguous: %s.", name, param, ambiguity(found)));
    }
    return found.get(0);
  }

  private List<StructField> named(String name) {
    return Arrays.stream(schema.fields()).filter(field -> same(field.name(), name)).toList();
  }

  private static String ambiguity(List<StructField> found) {
    List<String> names = found.stream().map(StructField::name).distinct().toList();
    return names.size() == 1
        ? String.format("%d columns have this name", found.size())
        : String.format(
            "%s differ in case only, and spark.sql.caseSensitive is false",
            names.stream().map(name -> "'" + name + "'").collect(Collectors.joining(" and ")));
  }

  /**
   * Checks that a name is free for a column that the stage adds.
   *
   * @param name what the param says
   * @param param the param's name
   * @throws IllegalArgumentException if a column has it already
   */
  public void requireNew(String name, String param) {
    for (StructField field : named(name)) {
      throw refused(
          String.format(
              "Column '%s' exists already; drop it, or set %s to another name.",
              field.name(), param));
    }
  }

  /** Whether the session takes two names for the same. */
  public static boolean same(String a, String b) {
    return SQLConf.get().caseSensitiveAnalysis() ? a.equals(b) : a.equalsIgnoreCase(b);
  }

  /**
   * A column of a dataset for expressions.
   *
   * @param dataset the dataset, of these columns
   * @param name what the param says
   * @param param the param's name
   */
  public Column of(Dataset<?> dataset, String name, String param) {
    return dataset.col("`" + require(name, param).name().replace("`", "``") + "`");
  }

  public IllegalArgumentException refused(String message) {
    return new IllegalArgumentException(uid + ": " + message);
  }
}
