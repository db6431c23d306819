package io.github.sparkattention.internal.spark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsReader$;
import org.apache.spark.ml.util.DefaultParamsWriter$;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Exists;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.FunctionTableSubqueryArgumentExpression;
import org.apache.spark.sql.catalyst.expressions.LateralSubquery;
import org.apache.spark.sql.catalyst.expressions.ListQuery;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.ScalarSubquery;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.json4s.JsonAST.JInt;
import org.json4s.JsonAST.JObject;
import org.json4s.JsonAST.JString;
import org.json4s.JsonAST.JValue;
import scala.Option;
import scala.Some;
import scala.Tuple2;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.math.BigInt;

/**
 * What is written differently for Spark 3.5 and for Spark 4; this is Spark 3.5's. Other sources are
 * compiled for both, so a method has the same name in both, though it may give another type.
 */
public final class SparkLine {
  private SparkLine() {}

  /**
   * Whether a dataset or a session is the driver's own. It always is: the client of Spark Connect
   * has classes of the same names, in jars that can't be on one class path with Spark's.
   */
  static boolean isClassic(Object held) {
    return held instanceof Dataset || held instanceof SparkSession;
  }

  /** A dataset that is the driver's own. */
  static Dataset<?> classic(Dataset<?> dataset) {
    return dataset;
  }

  /** A session that is the driver's own, with all that Spark keeps to itself. */
  public static SparkSession classic(SparkSession session) {
    return session;
  }

  /** The dataset of a plan. */
  static Dataset<Row> dataset(SparkSession session, LogicalPlan plan) {
    return Dataset.ofRows(session, plan);
  }

  /** An expression as a column. */
  static Column column(Expression expression) {
    return new Column(expression);
  }

  /** The expression of a column. */
  static Expression expression(Column column) {
    return column.expr();
  }

  /** An aggregate with other results. */
  public static Aggregate withResults(Aggregate aggregate, List<NamedExpression> results) {
    return new Aggregate(
        aggregate.groupingExpressions(), SparkInternals.seq(results), aggregate.child());
  }

  /** A subquery with these columns of the outer plan, which its conditions use. */
  public static SubqueryExpression withOuter(SubqueryExpression subquery, List<Expression> outer) {
    Seq<Expression> columns = SparkInternals.seq(outer);
    if (subquery instanceof Exists exists) {
      return exists.copy(exists.plan(), columns, exists.exprId(), exists.joinCond(), exists.hint());
    }
    if (subquery instanceof ListQuery list) {
      return list.copy(
          list.plan(), columns, list.exprId(), list.numCols(), list.joinCond(), list.hint());
    }
    if (subquery instanceof ScalarSubquery scalar) {
      return scalar.copy(
          scalar.plan(),
          columns,
          scalar.exprId(),
          scalar.joinCond(),
          scalar.hint(),
          scalar.mayHaveCountBug());
    }
    if (subquery instanceof LateralSubquery lateral) {
      return lateral.copy(
          lateral.plan(), columns, lateral.exprId(), lateral.joinCond(), lateral.hint());
    }
    if (subquery instanceof FunctionTableSubqueryArgumentExpression table) {
      return table.copy(table.plan(), columns, table.exprId());
    }
    return subquery; // It prunes partitions, and has no columns of an outer plan.
  }

  /**
   * Writes a stage's metadata by way of the session, as Spark 4 does; Spark ML's own way here would
   * not know the Hadoop settings of the session.
   */
  static void saveMetadata(Params stage, String path, SparkSession session, JObject entries) {
    String metadata =
        DefaultParamsWriter$.MODULE$.getMetadataToSave(
            stage, session.sparkContext(), new Some<>(entries), Option.empty());
    session
        .createDataset(List.of(metadata), Encoders.STRING())
        .coalesce(1)
        .write()
        .text(metadataOf(path));
  }

  /** Reads a stage's metadata, by way of the session, too. */
  static DefaultParamsReader.Metadata loadMetadata(String path, SparkSession session) {
    String metadata = session.read().text(metadataOf(path)).first().getString(0);
    return DefaultParamsReader$.MODULE$.parseMetadata(metadata, "");
  }

  private static String metadataOf(String path) {
    return new Path(path, "metadata").toString();
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
