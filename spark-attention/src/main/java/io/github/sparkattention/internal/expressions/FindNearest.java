package io.github.sparkattention.internal.expressions;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** The rows of a table whose vectors are nearest to that of each row; null where that is null. */
public final class FindNearest extends RowExpression {
  private static final long serialVersionUID = 1L;

  private final Rules rules;
  private transient VectorForm form;

  /**
   * What gives equal results for equal vectors.
   *
   * @param table the table, one on each executor
   * @param rows its rows, for {@code explain}
   * @param idType type of the ids
   * @param count how many rows are wanted
   * @param column the queries' column, for messages
   */
  public record Rules(
      Broadcast<NearestTable> table, int rows, DataType idType, int count, String column)
      implements Serializable {}

  /**
   * Makes the expression.
   *
   * @param rules what is found
   * @param query the vector
   */
  public FindNearest(Rules rules, Expression query) {
    super("nearest_rows", List.of(query));
    this.rules = rules;
  }

  @Override
  RowExpression withArguments(List<Expression> others) {
    return new FindNearest(rules, others.get(0));
  }

  @Override
  List<Object> rules() {
    return List.of(rules);
  }

  @Override
  String shown() {
    return String.format("%d of %d rows", rules.count, rules.rows);
  }

  @Override
  public DataType dataType() {
    return type(rules.idType);
  }

  /**
   * The type of what is found.
   *
   * @param idType type of the ids
   * @return {@code array<struct<id, similarity double>>}
   */
  public static DataType type(DataType idType) {
    return DataTypes.createArrayType(
        new StructType(
            new StructField[] {
              DataTypes.createStructField("id", idType, false),
              DataTypes.createStructField("similarity", DataTypes.DoubleType, false)
            }),
        false);
  }

  @Override
  public Object eval(InternalRow input) {
    Object value = argument(0).eval(input);
    if (value == null) {
      return null;
    }
    if (form == null) {
      form = VectorForm.of(argument(0).dataType()).orElseThrow();
    }
    double[] query = form.values("column '" + rules.column + "'", value);
    NearestTable table = rules.table.value();
    if (query.length != table.width() && table.size() > 0) {
      throw new IllegalArgumentException(
          String.format(
              "column '%s' must have vectors of %d values, as the table has, but one has %d.",
              rules.column, table.width(), query.length));
    }
    for (int i = 0; i < query.length; i++) {
      if (!Double.isFinite(query[i])) {
        throw new IllegalArgumentException(
            String.format(
                "column '%s' must have finite values, but value %d of a vector is %s.",
                rules.column, i, query[i]));
      }
    }
    return table.nearest(query, rules.count);
  }
}
