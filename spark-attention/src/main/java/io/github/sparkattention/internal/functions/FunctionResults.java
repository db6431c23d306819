package io.github.sparkattention.internal.functions;

import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.plan.BatchAttention;
import io.github.sparkattention.internal.spark.Catalyst;
import io.github.sparkattention.internal.spark.SparkInternals;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.RepartitionOperation;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.types.StructField;
import scala.jdk.javaapi.CollectionConverters;

/** The results of one stage for one sequence a row, on their way into a plan. */
final class FunctionResults {
  private final FunctionStage stage;
  private final Expression tokens;
  private final Set<String> functions;
  private final Map<String, Attribute> columns = new HashMap<>();

  private FunctionResults(FunctionStage stage, Expression tokens, Set<String> functions) {
    this.stage = stage;
    this.tokens = tokens;
    this.functions = functions;
  }

  /** What these calls want, which are of one stage and one sequence. */
  static FunctionResults of(List<AttentionExpression> calls) {
    AttentionExpression first = calls.get(0);
    return new FunctionResults(
        first.stage(),
        first.tokens(),
        calls.stream().map(AttentionExpression::function).collect(Collectors.toSet()));
  }

  /** The column that a function's result is in, once there is a plan that computes it. */
  Attribute column(String function) {
    return columns.get(function);
  }

  /** Computes the results by a node of their own. */
  LogicalPlan over(LogicalPlan child) {
    if (tokens instanceof Attribute column) {
      return node(stage.spec(column.name(), functions), column, child);
    }
    Alias alias = Catalyst.alias(tokens, "tokens");
    List<NamedExpression> widened = new ArrayList<>(CollectionConverters.asJava(child.output()));
    widened.add(alias);
    return node(
        stage.spec(Catalyst.pretty(tokens), functions),
        alias.toAttribute(),
        Catalyst.project(widened, child));
  }

  private BatchAttention node(AttentionSpec spec, Attribute input, LogicalPlan child) {
    List<Attribute> results = new ArrayList<>();
    for (StructField field : spec.outputs()) {
      results.add(columns.computeIfAbsent(field.name(), name -> Catalyst.attribute(name, field)));
    }
    return new BatchAttention(
        spec,
        stage.weights(),
        SparkInternals.seq(List.of(input)),
        SparkInternals.seq(results),
        child);
  }

  /**
   * Takes the results from a node that is there already: Spark copies a call into a filter that it
   * moves below the select list.
   *
   * @param plan what the calling node reads
   * @return the plan with the results among its columns; empty if no node below computes them
   */
  Optional<LogicalPlan> widen(LogicalPlan plan) {
    if (plan instanceof BatchAttention attention) {
      return computes(attention)
          ? Optional.of(widenNode(attention))
          : widen(attention.child()).map(attention::withNewChildInternal);
    }
    if (handsOnAllColumns(plan)) {
      return widen(plan.children().head())
          .map(child -> plan.withNewChildren(SparkInternals.seq(List.of(child))));
    }
    if (plan instanceof Project project
        && project.projectList().forall(Attribute.class::isInstance)) {
      return widen(project.child()).map(child -> widenProject(project, child));
    }
    return Optional.empty();
  }

  private static boolean handsOnAllColumns(LogicalPlan plan) {
    return plan instanceof Filter
        || plan instanceof RepartitionOperation
        || plan instanceof Sort
        || plan instanceof LocalLimit
        || plan instanceof GlobalLimit;
  }

  private boolean computes(BatchAttention attention) {
    return attention.weights().equals(stage.weights())
        && stage.computes(attention.spec())
        && reads(attention.inputs().head(), attention.child());
  }

  /** Whether a node's input is the sequence, or an alias of it that {@link #over} has made. */
  private boolean reads(Attribute input, LogicalPlan child) {
    return tokens.semanticEquals(input)
        || (child instanceof Project project
            && project
                .projectList()
                .exists(
                    column ->
                        column instanceof Alias alias
                            && alias.exprId().equals(input.exprId())
                            && alias.child().semanticEquals(tokens)));
  }

  private LogicalPlan widenNode(BatchAttention attention) {
    Set<String> wanted = new HashSet<>(functions);
    List<StructField> fields = attention.spec().outputs();
    for (int i = 0; i < fields.size(); i++) {
      wanted.add(fields.get(i).name());
      columns.put(fields.get(i).name(), attention.results().apply(i));
    }
    return node(
        stage.spec(attention.spec().inputCol(), wanted),
        attention.inputs().head(),
        attention.child());
  }

  private LogicalPlan widenProject(Project project, LogicalPlan child) {
    List<NamedExpression> widened =
        new ArrayList<>(CollectionConverters.asJava(project.projectList()));
    columns.values().stream()
        .filter(column -> !project.outputSet().contains(column))
        .forEach(widened::add);
    return Catalyst.project(widened, child);
  }
}
