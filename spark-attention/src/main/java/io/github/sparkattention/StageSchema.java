package io.github.sparkattention;

import io.github.sparkattention.sql.AttentionSpec;
import io.github.sparkattention.sql.ResultColumn;
import io.github.sparkattention.sql.SequenceForm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Checks the columns that a stage meets, on the driver, before anything runs. */
final class StageSchema {
  private final AttentionSpec spec;

  StageSchema(AttentionSpec spec) {
    this.spec = spec;
  }

  /**
   * Checks the columns, and adds those of the stage.
   *
   * @param schema the columns that come in
   * @return the columns that go out
   * @throws IllegalArgumentException if they don't fit; the message names the column
   */
  StructType check(StructType schema) {
    DataType input = column(schema, spec.inputCol(), "inputCol").dataType();
    if (SequenceForm.of(input).isEmpty()) {
      throw refused(
          String.format(
              "Column '%s' must be one of %s, but is %s.",
              spec.inputCol(), SequenceForm.ACCEPTED, input.simpleString()));
    }
    if (spec.dropoutKeyCol().isPresent()) {
      String name = spec.dropoutKeyCol().get();
      DataType key = column(schema, name, "dropoutKeyCol").dataType();
      if (!key.equals(DataTypes.LongType)) {
        throw refused(
            String.format(
                "Column '%s' (dropoutKeyCol) must be bigint, but is %s.",
                name, key.catalogString()));
      }
    }
    List<StructField> fields = new ArrayList<>(Arrays.asList(schema.fields()));
    for (ResultColumn result : spec.results()) {
      checkNew(fields, result);
    }
    checkDistinct(spec.results());
    fields.addAll(spec.outputs());
    // By its constructor: the factory refuses names that repeat, which are a join's good right.
    return new StructType(fields.toArray(StructField[]::new));
  }

  private StructField column(StructType schema, String name, String param) {
    List<StructField> found =
        Arrays.stream(schema.fields()).filter(field -> field.name().equals(name)).toList();
    if (found.isEmpty()) {
      throw refused(
          String.format(
              "Column '%s' (%s) is missing; the columns are %s.",
              name, param, String.join(", ", schema.fieldNames())));
    }
    if (found.size() > 1) {
      throw refused(
          String.format(
              "Column '%s' (%s) is ambiguous: %d columns have this name.",
              name, param, found.size()));
    }
    return found.get(0);
  }

  private void checkNew(List<StructField> fields, ResultColumn result) {
    for (StructField field : fields) {
      if (same(field.name(), result.name())) {
        throw refused(
            String.format(
                "Column '%s' exists already; drop it, or set %s to another name.",
                field.name(), result.kind().param()));
      }
    }
  }

  private void checkDistinct(List<ResultColumn> results) {
    for (int i = 0; i < results.size(); i++) {
      for (int j = i + 1; j < results.size(); j++) {
        ResultColumn first = results.get(i);
        ResultColumn second = results.get(j);
        if (same(first.name(), second.name())) {
          throw refused(
              String.format(
                  "%s and %s must differ, but are '%s' and '%s'.",
                  first.kind().param(), second.kind().param(), first.name(), second.name()));
        }
      }
    }
  }

  /** As the session tells names apart, or the added column could not be named afterwards. */
  private static boolean same(String a, String b) {
    return SQLConf.get().caseSensitiveAnalysis() ? a.equals(b) : a.equalsIgnoreCase(b);
  }

  private IllegalArgumentException refused(String message) {
    return new IllegalArgumentException(spec.uid() + ": " + message);
  }
}
