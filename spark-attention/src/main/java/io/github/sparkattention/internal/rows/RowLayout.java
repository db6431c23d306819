package io.github.sparkattention.internal.rows;

import io.github.sparkattention.internal.forms.RowDecoder;
import io.github.sparkattention.internal.forms.SequenceForm;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Where a task finds things in its rows.
 *
 * @param rows the columns that come in
 * @param results the columns that are added
 * @param tokens ordinal of the column of tokens
 * @param dropoutKey ordinal of the column of dropout keys, or -1 if there is none
 * @param form the form of the column of tokens
 */
public record RowLayout(
    StructType rows, StructType results, int tokens, int dropoutKey, SequenceForm form)
    implements Serializable {

  public static RowLayout of(Seq<Attribute> child, Seq<Attribute> inputs, Seq<Attribute> results) {
    int tokens = ordinal(child, inputs.head());
    int dropoutKey = inputs.size() < 2 ? -1 : ordinal(child, inputs.apply(1));
    DataType type = inputs.head().dataType();
    SequenceForm form =
        SequenceForm.of(type)
            .orElseThrow(() -> new IllegalStateException(type + " holds no sequences"));
    return new RowLayout(struct(child), struct(results), tokens, dropoutKey, form);
  }

  private static int ordinal(Seq<Attribute> columns, Attribute wanted) {
    List<Attribute> list = CollectionConverters.asJava(columns);
    for (int i = 0; i < list.size(); i++) {
      // By id: names may repeat after a join.
      if (list.get(i).exprId().equals(wanted.exprId())) {
        return i;
      }
    }
    throw new IllegalStateException(
        String.format("%s is not among the child's columns %s", wanted, columns));
  }

  private static StructType struct(Seq<Attribute> columns) {
    List<StructField> fields = new ArrayList<>();
    for (Attribute column : CollectionConverters.asJava(columns)) {
      fields.add(DataTypes.createStructField(column.name(), column.dataType(), column.nullable()));
    }
    // By its constructor: the factory refuses the names that repeat after a join.
    return new StructType(fields.toArray(StructField[]::new));
  }

  /** What decodes the rows' sequences; each thread needs its own. */
  RowDecoder decoder(AttentionSpec spec) {
    return form.decoder(tokens, spec.config().dIn());
  }
}
