package io.github.sparkattention.internal.plan;

import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.batches.InvalidRows;
import io.github.sparkattention.internal.spark.Catalyst;
import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.internal.weights.PlanWeights;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Statistics;
import org.apache.spark.sql.catalyst.plans.logical.UnaryNode;
import org.apache.spark.sql.types.StructField;
import scala.Option;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** The logical plan node: its child's columns, followed by what is computed of one of them. */
@SuppressWarnings("serial") // Logical plans never leave the driver.
public final class BatchAttention extends LogicalPlan implements UnaryNode {
  private static final long serialVersionUID = 1L;

  private final AttentionSpec spec;
  private final PlanWeights weights;
  private final Seq<Attribute> inputs;
  private final Seq<Attribute> results;
  private final LogicalPlan child;

  /**
   * Makes the node. Spark calls this when it rewrites a plan.
   *
   * @param spec the stage's settings
   * @param weights the program's weights
   * @param inputs the column of sequences and, if there is one, that of dropout keys
   * @param results the columns that the node adds
   * @param child the plan that gives the rows
   */
  public BatchAttention(
      AttentionSpec spec,
      PlanWeights weights,
      Seq<Attribute> inputs,
      Seq<Attribute> results,
      LogicalPlan child) {
    this.spec = spec;
    this.weights = weights;
    this.inputs = inputs;
    this.results = results;
    this.child = child;
  }

  /**
   * Adds the node on top of a dataset. Nothing runs before the result is used.
   *
   * @param dataset the rows
   * @param spec the stage's settings; the columns that it names must exist
   * @param weights the program's weights
   * @return the dataset with the added columns
   */
  public static Dataset<Row> over(Dataset<?> dataset, AttentionSpec spec, PlanWeights weights) {
    LogicalPlan child = SparkInternals.plan(dataset);
    List<Attribute> inputs = new ArrayList<>();
    inputs.add(column(child, spec.inputCol()));
    spec.dropoutKeyCol().ifPresent(name -> inputs.add(column(child, name)));

    List<Attribute> results = new ArrayList<>();
    List<NamedExpression> columns = new ArrayList<>(CollectionConverters.asJava(child.output()));
    for (StructField field : spec.outputs()) {
      Attribute result = Catalyst.attribute(field.name(), field);
      results.add(result);
      // Spark can give an alias a new id, and so tell the two sides of a self-join apart; it knows
      // nothing of the attributes of a foreign node.
      columns.add(Catalyst.alias(result, field.name()));
    }
    LogicalPlan node =
        new BatchAttention(
            spec, weights, SparkInternals.seq(inputs), SparkInternals.seq(results), child);
    return SparkInternals.dataset(dataset.sparkSession(), Catalyst.project(columns, node));
  }

  private static Attribute column(LogicalPlan plan, String name) {
    for (Attribute attribute : CollectionConverters.asJava(plan.output())) {
      if (attribute.name().equals(name)) {
        return attribute;
      }
    }
    throw new IllegalArgumentException(
        String.format("Column '%s' is missing; the columns are %s.", name, plan.output()));
  }

  public AttentionSpec spec() {
    return spec;
  }

  public PlanWeights weights() {
    return weights;
  }

  public Seq<Attribute> inputs() {
    return inputs;
  }

  public Seq<Attribute> results() {
    return results;
  }

  @Override
  public LogicalPlan child() {
    return child;
  }

  @Override
  public Seq<LogicalPlan> children() {
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

  @Override
  public Option<Object> maxRows() {
    return child.maxRows();
  }

  @Override
  public Option<Object> maxRowsPerPartition() {
    return child.maxRowsPerPartition();
  }

  @Override
  public Statistics stats() {
    // Spark would take the child's size, and no results to speak of. Without a number of rows, from
    // which the nodes above would estimate anew by the types of columns.
    BigInteger bytes =
        SizeEstimate.of(
            spec, child.output(), inputs.head(), child.stats().sizeInBytes().bigInteger());
    return SparkInternals.statistics(bytes);
  }

  /** Whether each row of the child comes out, so that the node may be moved over a limit. */
  boolean keepsRows() {
    return spec.invalidRows() != InvalidRows.SKIP;
  }

  /** The node without the results that nobody uses; their errors go with them. */
  LogicalPlan keeping(AttributeSet used) {
    List<String> wanted = new ArrayList<>();
    List<StructField> fields = spec.outputs();
    for (int i = 0; i < fields.size(); i++) {
      if (used.contains(results.apply(i))) {
        wanted.add(fields.get(i).name());
      }
    }
    if (wanted.isEmpty() && keepsRows()) {
      return child;
    }
    AttentionSpec kept = spec.keeping(wanted);
    List<Attribute> keptResults = new ArrayList<>();
    for (int i = 0; i < fields.size(); i++) {
      if (kept.outputs().contains(fields.get(i))) {
        keptResults.add(results.apply(i));
      }
    }
    return keptResults.size() == fields.size()
        ? this
        : new BatchAttention(kept, weights, inputs, SparkInternals.seq(keptResults), child);
  }

  @Override
  public LogicalPlan withNewChildInternal(LogicalPlan newChild) {
    return new BatchAttention(spec, weights, inputs, results, newChild);
  }

  @Override
  public LogicalPlan withNewChildrenInternal(IndexedSeq<LogicalPlan> newChildren) {
    return withNewChildInternal(newChildren.head());
  }

  /** Without the stage's uid and the columns' names, so that Spark knows equal results as such. */
  @Override
  public LogicalPlan doCanonicalize() {
    BatchAttention node = (BatchAttention) super.doCanonicalize();
    return new BatchAttention(
        node.spec.canonical(), node.weights, node.inputs, node.results, node.child);
  }

  @Override
  public String argString(int maxFields) {
    return describe(inputs, results, spec);
  }

  static String describe(Seq<Attribute> inputs, Seq<Attribute> results, AttentionSpec spec) {
    return String.format(
        "%s -> %s %s", inputs.mkString(", "), results.mkString(", "), spec.summary());
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
    return other instanceof BatchAttention;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof BatchAttention that
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
