package io.github.sparkattention.internal.plan;

import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.executor.AttentionSettings;
import io.github.sparkattention.internal.rows.AttentionMetrics;
import io.github.sparkattention.internal.rows.BackendNames;
import io.github.sparkattention.internal.rows.RowLayout;
import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.internal.weights.PlanWeights;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.util.List;
import java.util.Objects;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.plans.physical.Partitioning;
import org.apache.spark.sql.execution.ExplainUtils;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.UnaryExecNode;
import org.apache.spark.sql.execution.metric.SQLMetric;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Map;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** The physical plan node: runs {@link AttentionTask} on every partition of its child. */
@SuppressWarnings("serial") // Scala's sequences are serializable, though their interface isn't.
public final class BatchAttentionExec extends SparkPlan implements UnaryExecNode {
  private static final long serialVersionUID = 1L;

  private final AttentionSpec spec;

  /** Stays on the driver when an operator above sends its whole plan to tasks, as some do. */
  private final transient PlanWeights weights;

  private final Seq<Attribute> inputs;
  private final Seq<Attribute> results;
  private final SparkPlan child;
  private transient AttentionMetrics counted;

  /**
   * Makes the node. Spark calls this when it rewrites a plan.
   *
   * @param spec the stage's settings
   * @param weights the program's weights
   * @param inputs the column of sequences and, if there is one, that of dropout keys
   * @param results the columns that the node adds
   * @param child the plan that gives the rows
   */
  public BatchAttentionExec(
      AttentionSpec spec,
      PlanWeights weights,
      Seq<Attribute> inputs,
      Seq<Attribute> results,
      SparkPlan child) {
    this.spec = spec;
    this.weights = weights;
    this.inputs = inputs;
    this.results = results;
    this.child = child;
  }

  @Override
  public RDD<InternalRow> doExecute() {
    BackendPolicy policy =
        AttentionSettings.backend(
            spec.policy(),
            sparkContext().conf(),
            CollectionConverters.asJava(conf().getAllConfs()));
    BackendNames backends = new BackendNames();
    sparkContext().register(backends, BackendNames.NAME);
    AttentionTask task =
        new AttentionTask(
            spec,
            policy,
            weights.send(sparkContext()),
            RowLayout.of(child.output(), inputs, results),
            counted(),
            backends);
    return SparkInternals.mapPartitions(child.execute(), task);
  }

  /** Made when first asked for, since most of the plans that the planner builds never run. */
  private synchronized AttentionMetrics counted() {
    if (counted == null) {
      counted = AttentionMetrics.create(sparkContext());
    }
    return counted;
  }

  @Override
  public Map<String, SQLMetric> metrics() {
    return counted().byName();
  }

  @Override
  public SparkPlan child() {
    return child;
  }

  @Override
  public Seq<SparkPlan> children() {
    return SparkInternals.seq(List.of(child));
  }

  @Override
  public Seq<Attribute> output() {
    return SparkInternals.concat(child.output(), results);
  }

  @Override
  public AttributeSet producedAttributes() {
    return SparkInternals.attributeSet(results);
  }

  /** Rows stay in their partitions. */
  @Override
  public Partitioning outputPartitioning() {
    return child.outputPartitioning();
  }

  /** Rows keep their order. */
  @Override
  public Seq<SortOrder> outputOrdering() {
    return child.outputOrdering();
  }

  @Override
  public SparkPlan withNewChildInternal(SparkPlan newChild) {
    return new BatchAttentionExec(spec, weights, inputs, results, newChild);
  }

  @Override
  public SparkPlan withNewChildrenInternal(IndexedSeq<SparkPlan> newChildren) {
    return withNewChildInternal(newChildren.head());
  }

  /** Without the stage's uid and the columns' names, so that Spark knows equal results as such. */
  @Override
  public SparkPlan doCanonicalize() {
    BatchAttentionExec node = (BatchAttentionExec) super.doCanonicalize();
    return new BatchAttentionExec(
        node.spec.canonical(), node.weights, node.inputs, node.results, node.child);
  }

  @Override
  public String argString(int maxFields) {
    return BatchAttention.describe(inputs, results, spec);
  }

  /** What {@code explain("formatted")} tells of the node. */
  @Override
  public String verboseStringWithOperatorId() {
    return String.join(
        "\n",
        formattedNodeName(),
        field("Input", child.output()),
        field("Sequences", inputs),
        field("Results", results),
        field("Stage", spec.uid()),
        field("Settings", spec.summary()),
        "");
  }

  private static String field(String name, Object values) {
    return ExplainUtils.generateFieldString(name, values).strip();
  }

  @Override
  public int productArity() {
    return 5;
  }

  @Override
  public Object productElement(int n) {
    return switch (n) {
      case 0 -> spec;
      case 1 -> weights;
      case 2 -> inputs;
      case 3 -> results;
      case 4 -> child;
      default -> throw new IndexOutOfBoundsException("product element " + n);
    };
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof BatchAttentionExec;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof BatchAttentionExec that
            && spec.equals(that.spec)
            && weights.equals(that.weights)
            && inputs.equals(that.inputs)
            && results.equals(that.results)
            && child.equals(that.child));
  }

  @Override
  public int hashCode() {
    return Objects.hash(spec, weights, inputs, results, child);
  }
}
