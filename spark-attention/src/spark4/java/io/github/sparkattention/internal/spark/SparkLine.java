package io.github.sparkattention.internal.spark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsReader$;
import org.apache.spark.ml.util.DefaultParamsWriter$;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.classic.Dataset;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.classic.SparkSession;
import org.json4s.JInt;
import org.json4s.JObject;
import org.json4s.JString;
import org.json4s.JValue;
import scala.Option;
import scala.Some;
import scala.Tuple2;
import scala.jdk.javaapi.CollectionConverters;
import scala.math.BigInt;

/**
 * What is written differently for Spark 3.5 and for Spark 4; this is Spark 4's. Other sources are
 * compiled for both, so a method has the same name in both, though it may give another type.
 */
public final class SparkLine {
  private SparkLine() {}

  /** Whether a dataset or a session is the driver's own, and not a client's of Spark Connect. */
  static boolean isClassic(Object held) {
    return held instanceof Dataset || held instanceof SparkSession;
  }

  /** A dataset that is the driver's own. */
  static Dataset<?> classic(org.apache.spark.sql.Dataset<?> dataset) {
    return (Dataset<?>) dataset;
  }

  /** A session that is the driver's own, with all that Spark keeps to itself. */
  public static SparkSession classic(org.apache.spark.sql.SparkSession session) {
    return (SparkSession) session;
  }

  /** The dataset of a plan. */
  static Dataset<Row> dataset(org.apache.spark.sql.SparkSession session, LogicalPlan plan) {
    return Dataset.ofRows(classic(session), plan);
  }

  /** An expression as a column. */
  static Column column(Expression expression) {
    return ExpressionUtils.column(expression);
  }

  /** The expression of a column. */
  static Expression expression(Column column) {
    return ExpressionUtils.expression(column);
  }

  /** An aggregate with other results. */
  public static Aggregate withResults(Aggregate aggregate, List<NamedExpression> results) {
    return new Aggregate(
        aggregate.groupingExpressions(),
        SparkInternals.seq(results),
        aggregate.child(),
        aggregate.hint());
  }

  /** A subquery with these columns of the outer plan, which its conditions use. */
  public static SubqueryExpression withOuter(SubqueryExpression subquery, List<Expression> outer) {
    return subquery.withNewOuterAttrs(SparkInternals.seq(outer));
  }

  /** Writes a stage's metadata. */
  static void saveMetadata(
      Params stage, String path, org.apache.spark.sql.SparkSession session, JObject entries) {
    DefaultParamsWriter$.MODULE$.saveMetadata(
        stage, path, classic(session), new Some<>(entries), Option.empty());
  }

  /** Reads a stage's metadata. */
  static DefaultParamsReader.Metadata loadMetadata(
      String path, org.apache.spark.sql.SparkSession session) {
    return DefaultParamsReader$.MODULE$.loadMetadata(path, classic(session), "");
  }

  /**
   * What a stage writes beside its params.
   *
   * @param entries strings and integers by name
   * @return the entries in JSON
   */
  static JObject json(SortedMap<String, Object> entries) {
    List<Tuple2<String, JValue>> fields = new ArrayList<>();
    entries.forEach((name, value) -> fields.add(new Tuple2<>(name, json(value))));
    return new JObject(SparkInternals.seq(fields).toList());
  }

  private static JValue json(Object value) {
    return value instanceof Integer number
        ? new JInt(BigInt.apply(number))
        : new JString(value.toString());
  }

  /** The reverse of {@link #json}; there are no entries in what is no JSON object. */
  static Map<String, Object> entries(JValue json) {
    Map<String, Object> entries = new HashMap<>();
    if (json instanceof JObject object) {
      CollectionConverters.asJava(object.obj())
          .forEach(field -> entries.put(field._1(), plain(field._2())));
    }
    return entries;
  }

  private static Object plain(JValue value) {
    return value instanceof JInt number
        ? (Object) number.num().toInt()
        : value instanceof JString text ? text.s() : value.toString();
  }
}
