package io.github.sparkattention.internal.spark;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry$;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Statistics;
import org.apache.spark.sql.types.DataType;
import scala.Function2;
import scala.Option;
import scala.collection.Iterator;
import scala.collection.immutable.Map$;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.math.BigInt;
import scala.reflect.ClassTag;

/**
 * The one place that calls what Spark keeps to itself. Where Spark 3.5 and Spark 4 differ, it asks
 * {@link SparkLine}.
 */
public final class SparkInternals {
  private SparkInternals() {}

  /** The analyzed plan behind a dataset. */
  public static LogicalPlan plan(Dataset<?> dataset) {
    return SparkLine.classic(requireClassic(dataset)).logicalPlan();
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
    if (SparkLine.isClassic(held)) {
      return held;
    }
    throw new IllegalArgumentException(
        String.format(
            "A stage's own methods need the driver's session, but were given a %s of Spark Connect."
                + " Run the program on the driver, or use what a server with this jar offers its"
                + " clients: functions in SQL, and stages by Spark Connect's messages for ML.",
            held.getClass().getName()));
  }

  /** The dataset of a plan. */
  public static Dataset<Row> dataset(SparkSession session, LogicalPlan plan) {
    return SparkLine.dataset(requireClassic(session), plan);
  }

  /**
   * What a session is built with. Spark asks it for rules and strategies whenever it runs a query,
   * and sessions that come of one another share it.
   */
  public static SparkSessionExtensions extensions(SparkSession session) {
    return SparkLine.classic(requireClassic(session)).extensions();
  }

  /** The functions that a session knows. */
  public static FunctionRegistry functions(SparkSession session) {
    return SparkLine.classic(requireClassic(session)).sessionState().functionRegistry();
  }

  /**
   * The functions that Spark's sessions begin with. Of these alone may persistent views and
   * functions make use: what a session adds by itself counts as temporary.
   */
  public static FunctionRegistry builtinFunctions() {
    return FunctionRegistry$.MODULE$.builtin();
  }

  /**
   * What a registry calls a function that is there from the start. From 4.2 on, Spark puts a schema
   * and a catalog before its own, and refuses bare names.
   *
   * @param function the name that queries use
   * @return the name in this Spark's registries
   */
  public static FunctionIdentifier builtinName(String function) {
    FunctionIdentifier known = KnownFunction.ABS;
    return new FunctionIdentifier(function, known.database(), known.catalog());
  }

  /** By itself, since executors have no use for a list of all functions. */
  private static final class KnownFunction {
    /** A function that every Spark has. */
    static final FunctionIdentifier ABS =
        CollectionConverters.asJava(builtinFunctions().listFunction()).stream()
            .filter(known -> known.funcName().equals("abs"))
            .findFirst()
            .orElseThrow();

    private KnownFunction() {}
  }

  /** The session that analyzes or runs a query on this thread. */
  public static SparkSession activeSession() {
    return requireClassic(SparkSession.active());
  }

  /** An expression as a column, which any session of this driver resolves. */
  public static Column column(Expression expression) {
    return SparkLine.column(expression);
  }

  /** The expression of a column, with its names still to be resolved. */
  public static Expression expression(Column column) {
    return SparkLine.expression(column);
  }

  /**
   * What reads the saved instances of a class, by Spark ML's convention.
   *
   * @param className the class, which is one of this project's
   * @return a new reader
   */
  public static MLReader<?> reader(String className) {
    try {
      return (MLReader<?>) loadClass(className).getMethod("read").invoke(null);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(className + " has no reader of its own", e);
    }
  }

  private static Class<?> loadClass(String className) throws ClassNotFoundException {
    return Class.forName(className, false, Thread.currentThread().getContextClassLoader());
  }

  /** Maps each partition, with its index. */
  public static RDD<InternalRow> mapPartitions(
      RDD<InternalRow> rows,
      Function2<Object, Iterator<InternalRow>, Iterator<InternalRow>> function) {
    ClassTag<InternalRow> tag = ClassTag.apply(InternalRow.class);
    return rows.mapPartitionsWithIndex(function, false, tag);
  }

  /**
   * The Hadoop settings of a session, its own {@code spark.hadoop.*} and SQL settings included.
   *
   * @param session the session
   * @return a new configuration
   */
  public static Configuration hadoopConf(SparkSession session) {
    return SparkLine.classic(requireClassic(session)).sessionState().newHadoopConf();
  }

  /**
   * Broadcasts bytes so that nobody holds them but in their serialized form.
   *
   * @param context the application
   * @param bytes the bytes
   * @return the broadcast
   */
  public static Broadcast<byte[]> broadcastSerialized(SparkContext context, byte[] bytes) {
    return context.broadcastInternal(bytes, true, ClassTag.apply(byte[].class));
  }

  /**
   * Lets an executor forget what it holds of a broadcast; it is fetched again if it is asked for
   * again. The driver keeps it. Must be called outside of tasks, which lock what they read.
   *
   * @param broadcast the broadcast
   */
  public static void dropHere(Broadcast<?> broadcast) {
    SparkEnv env = SparkEnv.get();
    if (!env.blockManager().blockManagerId().isDriver()) {
      env.blockManager().removeBroadcast(broadcast.id(), true);
    }
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
    SparkLine.saveMetadata(
        stage, path, requireClassic(session), SparkLine.json(new TreeMap<>(extra)));
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
      return new StageMetadata(SparkLine.loadMetadata(path, requireClassic(session)));
    } catch (Exception e) { // Scala declares none, but the JSON reader's are checked ones.
      throw new IllegalArgumentException(
          String.format("'%s/metadata' can't be read as a stage's metadata: %s", path, e), e);
    }
  }

  /** Whether a class, as a saved stage names it, is one of these. */
  public static boolean isA(String className, Class<?> type) {
    try {
      return type.isAssignableFrom(loadClass(className));
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  /** Whether two types are equal, or differ in nothing but whether they may hold nulls. */
  public static boolean sameButForNulls(DataType a, DataType b) {
    return DataType.equalsIgnoreNullability(a, b);
  }

  /** A Scala sequence of a Java list's elements. */
  public static <T> Seq<T> seq(List<T> list) {
    return CollectionConverters.asScala(list).toList();
  }

  /** A Scala map of a Java map's entries. */
  @SuppressWarnings("unchecked") // Java sees a raw map in Scala's signature.
  public static <K, V> scala.collection.immutable.Map<K, V> map(Map<K, V> map) {
    scala.collection.immutable.Map<K, V> entries = Map$.MODULE$.empty();
    for (Map.Entry<K, V> entry : map.entrySet()) {
      entries = entries.updated(entry.getKey(), entry.getValue());
    }
    return entries;
  }

  /** One Scala sequence after another. */
  public static <T> Seq<T> concat(Seq<T> first, Seq<T> second) {
    List<T> both = new ArrayList<>(CollectionConverters.asJava(first));
    both.addAll(CollectionConverters.asJava(second));
    return seq(both);
  }

  /** The set of some attributes. */
  public static AttributeSet attributeSet(Seq<Attribute> attributes) {
    List<Expression> expressions = new ArrayList<>(CollectionConverters.asJava(attributes));
    return AttributeSet.apply(seq(expressions));
  }

  /** Statistics that know a size and nothing else. */
  public static Statistics statistics(BigInteger bytes) {
    return new Statistics(BigInt.apply(bytes), Option.empty(), Statistics.apply$default$3(), false);
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
      return SparkLine.entries(metadata.metadata()).get(name);
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

  /**
   * Stages as one, as {@code Pipeline.fit} would make it of transformers, which wants rows for it.
   *
   * @param stages the stages, in their order
   * @return the pipeline
   */
  public static PipelineModel pipelineModel(List<Transformer> stages) {
    return new PipelineModel(
        Identifiable$.MODULE$.randomUID("PipelineModel"), stages.toArray(Transformer[]::new));
  }
}
