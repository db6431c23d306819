package io.github.sparkattention.internal.rows;

import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.batches.BatchSizes;
import io.github.sparkattention.internal.forms.IdForm;
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
 */
public record RowLayout(StructType rows, StructType results, int tokens, int dropoutKey)
    implements Serializable {

  public static RowLayout of(Seq<Attribute> child, Seq<Attribute> inputs, Seq<Attribute> results) {
    int tokens = ordinal(child, inputs.head());
    int dropoutKey = inputs.size() < 2 ? -1 : ordinal(child, inputs.apply(1));
    return new RowLayout(struct(child), struct(results), tokens, dropoutKey);
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
  RowDecoder<?> decoder(AttentionSpec spec) {
    return spec.program().readsIds() ? ids(spec) : embeddings(spec);
  }

  /** Room for the rows' sequences; each batch needs its own. */
  PackedTokens packed(AttentionSpec spec, BatchSizes sizes) {
    return spec.program().readsIds()
        ? new PackedTokens.Ids(ids(spec), sizes)
        : new PackedTokens.Embeddings(embeddings(spec), spec.program().inputWidth(), sizes);
  }

  private RowDecoder<int[]> ids(AttentionSpec spec) {
    return IdForm.of(type())
        .orElseThrow(this::unreadable)
        .decoder(tokens, spec.program().vocabulary());
  }

  private RowDecoder<float[]> embeddings(AttentionSpec spec) {
    return SequenceForm.of(type())
        .orElseThrow(this::unreadable)
        .decoder(tokens, spec.program().inputWidth());
  }

  private DataType type() {
    return rows.fields()[tokens].dataType();
  }

  private IllegalStateException unreadable() {
    return new IllegalStateException(type() + " holds no sequences");
  }
}
