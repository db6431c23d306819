package io.github.sparkattention.internal.functions;

import io.github.sparkattention.internal.spark.Catalyst;
import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.internal.spark.SparkLine;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.RowLevelWrite;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/**
 * Takes the calls of functions out of plans: below a node that calls goes one {@link
 * BatchAttention} per stage and sequence, however often the functions are called, and the calls
 * become columns.
 */
final class AttentionExtraction {
  private final List<AttentionExpression> calls;
  private final Map<Expression, Attribute> results = new HashMap<>();

  private AttentionExtraction(List<AttentionExpression> calls) {
    this.calls = calls;
  }

  /**
   * Rewrites a plan, and those of the subqueries in its expressions, whatever kind they are of.
   *
   * @param plan any plan
   * @return a plan with the same output that calls no function
   * @throws UnsupportedOperationException if a call needs columns of several children, or if there
   *     are none
   */
  static LogicalPlan extract(LogicalPlan plan) {
    LogicalPlan split = Catalyst.transformUp(plan, AggregateSplit::split);
    return Catalyst.transformUp(
        split,
        node ->
            fromNode(
                Catalyst.transformExpressions(
                    node,
                    part ->
                        part instanceof SubqueryExpression subquery
                            ? fromSubquery(subquery)
                            : part)));
  }

  /** Whether a node calls a function, be it in a subquery of its expressions. */
  static boolean applies(LogicalPlan node) {
    return CollectionConverters.asJava(node.expressions()).stream()
        .anyMatch(expression -> expression.exists(AttentionExtraction::callsSomewhere));
  }

  private static boolean callsSomewhere(Expression part) {
    return part instanceof AttentionExpression
        || (part instanceof SubqueryExpression subquery
            && subquery.plan().exists(AttentionExtraction::applies));
  }

  /** Rewrites a node whose children call no function any more, nor its subqueries. */
  private static LogicalPlan fromNode(LogicalPlan node) {
    List<AttentionExpression> calls = innermost(node.expressions());
    // The condition of a row-level write is on its table's rows, for the source of rows to look at.
    if (calls.isEmpty() || node instanceof RowLevelWrite) {
      return node;
    }
    // Once more, for calls whose arguments held these.
    LogicalPlan extracted = fromNode(new AttentionExtraction(calls).rewrite(node));
    return extracted.output().equals(node.output())
        ? extracted
        : Catalyst.project(CollectionConverters.asJava(node.output()), extracted);
  }

  private LogicalPlan rewrite(LogicalPlan node) {
    List<LogicalPlan> children = new ArrayList<>();
    for (LogicalPlan child : CollectionConverters.asJava(node.children())) {
      children.add(computedOver(child));
    }
    for (AttentionExpression call : calls) {
      if (!results.containsKey(call.canonicalized())) {
        throw call.misplaced();
      }
    }
    return Catalyst.transformExpressions(
        node.withNewChildren(SparkInternals.seq(children)), this::result);
  }

  /**
   * Rewrites a subquery. Apart from its plan, the conditions by which it was correlated may hold
   * calls on that plan's columns.
   */
  private static SubqueryExpression fromSubquery(SubqueryExpression subquery) {
    SubqueryExpression extracted =
        subquery.plan().exists(AttentionExtraction::applies)
            ? subquery.withNewPlan(extract(subquery.plan()))
            : subquery;
    AttentionExtraction extraction = new AttentionExtraction(innermost(extracted.children()));
    LogicalPlan computed = extraction.computedOver(extracted.plan());
    if (extraction.results.isEmpty()) {
      return extracted;
    }
    Expression rewritten =
        Catalyst.transformDown(extracted.withNewPlan(computed), extraction::result);
    // Once more, for calls whose arguments held these.
    return fromSubquery((SubqueryExpression) rewritten);
  }

  /** The calls in some expressions whose arguments hold no other call. */
  private static List<AttentionExpression> innermost(Seq<Expression> expressions) {
    List<AttentionExpression> calls = new ArrayList<>();
    for (Expression expression : CollectionConverters.asJava(expressions)) {
      expression.foreach(
          part -> {
            if (part instanceof AttentionExpression call
                && !call.tokens().exists(AttentionExpression.class::isInstance)) {
              calls.add(call);
            }
            return BoxedUnit.UNIT;
          });
    }
    return calls;
  }

  /** A plan, and above it all calls that it has the columns for and that no plan before had. */
  private LogicalPlan computedOver(LogicalPlan plan) {
    LogicalPlan computed = plan;
    for (List<AttentionExpression> group : groups(plan)) {
      FunctionResults wanted = FunctionResults.of(group);
      LogicalPlan below = computed;
      computed = wanted.widen(below).orElseGet(() -> wanted.over(below));
      for (AttentionExpression call : group) {
        results.put(call.canonicalized(), wanted.column(call.function()));
      }
    }
    return computed;
  }

  /** Those calls by stage and sequence. */
  private Collection<List<AttentionExpression>> groups(LogicalPlan plan) {
    Map<Object, List<AttentionExpression>> groups = new LinkedHashMap<>();
    for (AttentionExpression call : calls) {
      if (!results.containsKey(call.canonicalized())
          && call.references().subsetOf(plan.outputSet())) {
        Object key = List.of(call.stage(), call.tokens().canonicalized());
        groups.computeIfAbsent(key, any -> new ArrayList<>()).add(call);
      }
    }
    return groups.values();
  }

  /** The column that a call became, or else the same part of an expression. */
  private Expression result(Expression part) {
    if (part instanceof AttentionExpression && results.containsKey(part.canonicalized())) {
      return results.get(part.canonicalized());
    }
    return part instanceof SubqueryExpression subquery ? withOuter(subquery) : part;
  }

  /** Tells a subquery which more columns of the outer plan its conditions are about to use. */
  private SubqueryExpression withOuter(SubqueryExpression subquery) {
    SubqueryExpression bare = SparkLine.withOuter(subquery, List.of());
    List<Expression> conditions = CollectionConverters.asJava(bare.children());
    List<Expression> children = CollectionConverters.asJava(subquery.children());
    List<Expression> outer =
        new ArrayList<>(children.subList(0, children.size() - conditions.size()));
    for (AttentionExpression call : innermost(bare.children())) {
      Attribute result = results.get(call.canonicalized());
      if (result != null && !subquery.plan().outputSet().contains(result)) {
        outer.add(result);
      }
    }
    return outer.size() == children.size() - conditions.size()
        ? subquery
        : SparkLine.withOuter(subquery, outer);
  }
}
