package io.github.sparkattention.internal.stages;

import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.forms.IdForm;
import io.github.sparkattention.internal.forms.SequenceForm;
import io.github.sparkattention.internal.results.ResultColumn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Checks the columns that a stage meets, on the driver, before anything runs. */
public final class StageSchema {
  private final AttentionSpec spec;

  public StageSchema(AttentionSpec spec) {
    this.spec = spec;
  }

  /**
   * Checks the columns, and adds those of the stage.
   *
   * @param schema the columns that come in
   * @return the columns that go out
   * @throws IllegalArgumentException if they don't fit; the message names the column
   */
  public StructType check(StructType schema) {
    StageColumns columns = new StageColumns(spec.uid(), schema);
    DataType input = columns.require(spec.inputCol(), "inputCol").dataType();
    if (spec.program().readsIds() && IdForm.of(input).isEmpty()) {
      throw columns.refused(
          String.format(
              "Column '%s' must be %s, but is %s.",
              spec.inputCol(), IdForm.ACCEPTED, input.simpleString()));
    }
    if (!spec.program().readsIds() && SequenceForm.of(input).isEmpty()) {
      throw columns.refused(
          String.format(
              "Column '%s' must be one of %s, but is %s.",
              spec.inputCol(), SequenceForm.ACCEPTED, input.simpleString()));
    }
    if (spec.dropoutKeyCol().isPresent()) {
      String name = spec.dropoutKeyCol().get();
      DataType key = columns.require(name, "dropoutKeyCol").dataType();
      if (!key.equals(DataTypes.LongType)) {
        throw columns.refused(
            String.format(
                "Column '%s' (dropoutKeyCol) must be bigint, but is %s.",
                name, key.catalogString()));
      }
    }
    for (ResultColumn result : spec.results()) {
      columns.requireNew(result.name(), result.kind().param());
    }
    checkDistinct(columns);
    List<StructField> fields = new ArrayList<>(Arrays.asList(schema.fields()));
    fields.addAll(spec.outputs());
    // By its constructor: the factory refuses names that repeat, which are a join's good right.
    return new StructType(fields.toArray(StructField[]::new));
  }

  private void checkDistinct(StageColumns columns) {
    List<ResultColumn> results = spec.results();
    for (int i = 0; i < results.size(); i++) {
      for (int j = i + 1; j < results.size(); j++) {
        ResultColumn first = results.get(i);
        ResultColumn second = results.get(j);
        if (StageColumns.same(first.name(), second.name())) {
          throw columns.refused(
              String.format(
                  "%s and %s must differ, but are '%s' and '%s'.",
                  first.kind().param(), second.kind().param(), first.name(), second.name()));
        }
      }
    }
  }

  /**
   * Checks the columns, and names those that come in as they are named themselves.
   *
   * @param schema the columns that come in
   * @return the stage's settings for these columns
   * @throws IllegalArgumentException if they don't fit; the message names the column
   */
  public AttentionSpec bind(StructType schema) {
    check(schema);
    StageColumns columns = new StageColumns(spec.uid(), schema);
    return spec.reading(
        columns.require(spec.inputCol(), "inputCol").name(),
        spec.dropoutKeyCol().map(name -> columns.require(name, "dropoutKeyCol").name()));
  }
}
