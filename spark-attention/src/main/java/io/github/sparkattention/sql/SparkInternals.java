package io.github.sparkattention.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsReader$;
import org.apache.spark.ml.util.DefaultParamsWriter$;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry$;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.classic.ExpressionUtils;
import org.apache.spark.sql.types.DataType;
import org.json4s.JInt;
import org.json4s.JObject;
import org.json4s.JString;
import org.json4s.JValue;
import scala.Function2;
import scala.Option;
import scala.Some;
import scala.Tuple2;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.math.BigInt;
import scala.reflect.ClassTag;

/** The one place that calls what Spark keeps to itself, and changes between its versions. */
public final class SparkInternals {
  private SparkInternals() {}

  /** The analyzed plan behind a dataset. */
  static LogicalPlan plan(Dataset<?> dataset) {
    return ((org.apache.spark.sql.classic.Dataset<?>) requireClassic(dataset)).logicalPlan();
  }

  /**
   * Refuses what a Spark Connect client holds: a dataset or a session whose plans are on a server.
   *
   * @param <T> type of what is checked
   * @param held a dataset or a session
   * @return the same
   * @throws IllegalArgumentException if it belongs to Spark Connect
   */
  public static <T> T requireClassic(T held) {
    if (held instanceof org.apache.spark.sql.classic.Dataset
        || held instanceof org.apache.spark.sql.classic.SparkSession) {
      return held;
    }
    throw new IllegalArgumentException(
        String.format(
            "Spark Connect is not supported: a stage needs the driver's own session, but was given"
                + " a %s. Run the program on the driver, or call the SQL functions of %s, which the"
                + " server's spark.sql.extensions must name.",
            held.getClass().getName(), AttentionExtensions.class.getName()));
  }

  /** The dataset of a plan. */
  static Dataset<Row> dataset(SparkSession session, LogicalPlan plan) {
    return org.apache.spark.sql.classic.Dataset.ofRows(classic(session), plan);
  }

  /**
   * Makes a session what it is where {@link AttentionExtensions} built it, if it was there before
   * them. Spark asks a session's extensions for rules and strategies whenever it runs a query, and
   * sessions that come of one another share them.
   */
  static void install(SparkSession session) {
    var classic = classic(session);
    new AttentionExtensions().apply(classic.extensions());
    AttentionExtensions.addFunctions(classic.sessionState().functionRegistry());
  }

  /** As {@link #install}, for the session of this thread or else of the application, if any. */
  static void installHere() {
    var active = SparkSession.getActiveSession();
    var session = active.isDefined() ? active : SparkSession.getDefaultSession();
    if (session.isDefined()) {
      install(session.get());
    }
  }

  /**
   * The functions that Spark's sessions begin with. Of these alone may persistent views and
   * functions make use: what a session adds by itself counts as temporary.
   */
  static FunctionRegistry builtinFunctions() {
    return FunctionRegistry$.MODULE$.builtin();
  }

  /** The session that analyzes or runs a query on this thread. */
  static SparkSession activeSession() {
    return requireClassic(SparkSession.active());
  }

  /** An expression as a column, which any session of this driver resolves. */
  static Column column(Expression expression) {
    return ExpressionUtils.column(expression);
  }

  /** The expression of a column, with its names still to be resolved. */
  static Expression expression(Column column) {
    return ExpressionUtils.expression(column);
  }

  /**
   * Loads what was saved to a folder by Spark ML's convention, whatever its class.
   *
   * @param path the folder
   * @param session the session that reads
   * @return the instance
   */
  static Object loadInstance(String path, SparkSession session) {
    return DefaultParamsReader$.MODULE$.loadParamsInstance(path, classic(session));
  }

  /** Maps each partition, with its index, without the checks that Spark does on users' closures. */
  static RDD<InternalRow> mapPartitions(
      RDD<InternalRow> rows,
      Function2<Object, Iterator<InternalRow>, Iterator<InternalRow>> function) {
    ClassTag<InternalRow> tag = ClassTag.apply(InternalRow.class);
    return rows.mapPartitionsWithIndexInternal(function, false, false, tag);
  }

  /**
   * The Hadoop settings of a session, its own {@code spark.hadoop.*} and SQL settings included.
   *
   * @param session the session
   * @return a new configuration
   */
  public static Configuration hadoopConf(SparkSession session) {
    return classic(session).sessionState().newHadoopConf();
  }

  /**
   * Writes a stage's params, and more, as Spark ML does: to {@code path/metadata}.
   *
   * @param stage the stage
   * @param path folder of the stage
   * @param session the session that writes
   * @param extra more entries: strings and integers
   */
  public static void saveMetadata(
      Params stage, String path, SparkSession session, Map<String, Object> extra) {
    List<Tuple2<String, JValue>> fields = new ArrayList<>();
    new TreeMap<>(extra).forEach((name, value) -> fields.add(new Tuple2<>(name, json(value))));
    JObject json = new JObject(seq(fields).toList());
    DefaultParamsWriter$.MODULE$.saveMetadata(
        stage, path, classic(session), new Some<>(json), Option.empty());
  }

  private static JValue json(Object value) {
    return value instanceof Integer number
        ? new JInt(BigInt.apply(number))
        : new JString(value.toString());
  }

  /**
   * Reads what {@link #saveMetadata} wrote.
   *
   * @param path folder of the stage
   * @param session the session that reads
   * @return the metadata
   * @throws IllegalArgumentException if there is none, or if it is damaged
   */
  public static StageMetadata loadMetadata(String path, SparkSession session) {
    try {
      return new StageMetadata(
          DefaultParamsReader$.MODULE$.loadMetadata(path, classic(session), ""));
    } catch (Exception e) { // Scala declares none, but the JSON reader's are checked ones.
      throw new IllegalArgumentException(
          String.format("'%s/metadata' can't be read as a stage's metadata: %s", path, e), e);
    }
  }

  /** Whether a class, as a saved stage names it, is one of these. */
  static boolean isA(String className, Class<?> type) {
    try {
      return type.isAssignableFrom(
          Class.forName(className, false, Thread.currentThread().getContextClassLoader()));
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  private static org.apache.spark.sql.classic.SparkSession classic(SparkSession session) {
    return (org.apache.spark.sql.classic.SparkSession) requireClassic(session);
  }

  /** Whether two types are equal, or differ in nothing but whether they may hold nulls. */
  static boolean sameButForNulls(DataType a, DataType b) {
    return DataType.equalsIgnoreNullability(a, b);
  }

  /** A Scala sequence of a Java list's elements. */
  static <T> Seq<T> seq(List<T> list) {
    return CollectionConverters.asScala(list).toSeq();
  }

  /** One Scala sequence after another. */
  static <T> Seq<T> concat(Seq<T> first, Seq<T> second) {
    List<T> both = new ArrayList<>(CollectionConverters.asJava(first));
    both.addAll(CollectionConverters.asJava(second));
    return seq(both);
  }

  /** The set of some attributes. */
  static AttributeSet attributeSet(Seq<Attribute> attributes) {
    List<Expression> expressions = new ArrayList<>(CollectionConverters.asJava(attributes));
    return AttributeSet.apply(seq(expressions));
  }

  /** The metadata of a saved stage. */
  public static final class StageMetadata {
    private final DefaultParamsReader.Metadata metadata;

    private StageMetadata(DefaultParamsReader.Metadata metadata) {
      this.metadata = metadata;
    }

    /**
     * The stage's class.
     *
     * @return the name of the class that was saved
     */
    public String className() {
      return metadata.className();
    }

    /**
     * The stage's uid.
     *
     * @return the uid that was saved
     */
    public String uid() {
      return metadata.uid();
    }

    /**
     * An extra entry.
     *
     * @param name its name
     * @return its value, or null if there is none of this name
     */
    public Object extra(String name) {
      if (metadata.metadata() instanceof JObject object) {
        for (Tuple2<String, JValue> field : CollectionConverters.asJava(object.obj())) {
          if (field._1().equals(name)) {
            return plain(field._2());
          }
        }
      }
      return null;
    }

    private static Object plain(JValue value) {
      return value instanceof JInt number
          ? (Object) number.num().toInt()
          : value instanceof JString text ? text.s() : value.toString();
    }

    /**
     * Sets a stage's params to what was saved.
     *
     * @param stage the stage
     */
    public void setParams(Params stage) {
      metadata.getAndSetParams(stage, Option.empty());
    }
  }
}
