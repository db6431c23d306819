package io.github.sparkattention;

import io.github.sparkattention.sql.AttentionSpec;
import io.github.sparkattention.sql.SequenceTypes;
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
    if (!SequenceTypes.isSequence(input)) {
      throw refused(
          String.format(
              "Column '%s' must be %s, but is %s.",
              spec.inputCol(), SequenceTypes.ACCEPTED, input.catalogString()));
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
    for (StructField output : spec.outputs()) {
      checkNew(fields, output.name());
      fields.add(output);
    }
    return DataTypes.createStructType(fields);
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

  private void checkNew(List<StructField> fields, String name) {
    if (spec.wantsWeights() && same(spec.outputCol(), spec.weightsCol())) {
      throw refused(
          String.format(
              "outputCol and attentionWeightsCol must differ, but are '%s' and '%s'.",
              spec.outputCol(), spec.weightsCol()));
    }
    for (StructField field : fields) {
      if (same(field.name(), name)) {
        throw refused(
            String.format(
                "Column '%s' exists already; drop it, or set %s to another name.",
                field.name(), name.equals(spec.outputCol()) ? "outputCol" : "attentionWeightsCol"));
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
