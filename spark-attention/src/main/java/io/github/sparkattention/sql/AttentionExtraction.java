package io.github.sparkattention.sql;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/**
 * Takes the calls of functions out of a plan's node: below it goes one {@link BatchAttention} per
 * stage and sequence, however often the functions are called, and the calls become columns.
 */
final class AttentionExtraction {
  private final LogicalPlan node;
  private final Map<Expression, Expression> results = new HashMap<>();

  private AttentionExtraction(LogicalPlan node) {
    this.node = node;
  }

  /** Whether a node calls a function. */
  static boolean applies(LogicalPlan node) {
    return !calls(node).isEmpty();
  }

  /**
   * Rewrites a node whose children call no function any more.
   *
   * @param node any node
   * @return a plan with the same output that calls no function
   * @throws UnsupportedOperationException if a call needs columns of several children, or if there
   *     are none
   */
  static LogicalPlan extract(LogicalPlan node) {
    if (!applies(node)) {
      return node;
    }
    // Once more, for calls whose arguments held these.
    LogicalPlan extracted = extract(new AttentionExtraction(node).rewrite());
    return extracted.output().equals(node.output())
        ? extracted
        : Catalyst.project(CollectionConverters.asJava(node.output()), extracted);
  }

  /** The calls of a node whose arguments hold no other call. */
  private static List<AttentionExpression> calls(LogicalPlan node) {
    List<AttentionExpression> calls = new ArrayList<>();
    for (Expression expression : CollectionConverters.asJava(node.expressions())) {
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

  private LogicalPlan rewrite() {
    List<LogicalPlan> children = new ArrayList<>();
    for (LogicalPlan child : CollectionConverters.asJava(node.children())) {
      LogicalPlan computed = child;
      for (List<AttentionExpression> group : groups(child)) {
        computed = compute(computed, group);
      }
      children.add(computed);
    }
    for (AttentionExpression call : calls(node)) {
      if (!results.containsKey(call.canonicalized())) {
        throw call.misplaced();
      }
    }
    return Catalyst.transformExpressions(
        node.withNewChildren(SparkInternals.seq(children)),
        part ->
            part instanceof AttentionExpression
                ? results.getOrDefault(part.canonicalized(), part)
                : part);
  }

  /** The calls that a child has the columns for and no child before had, by stage and sequence. */
  private Collection<List<AttentionExpression>> groups(LogicalPlan child) {
    Map<Object, List<AttentionExpression>> groups = new LinkedHashMap<>();
    for (AttentionExpression call : calls(node)) {
      if (!results.containsKey(call.canonicalized())
          && call.references().subsetOf(child.outputSet())) {
        Object key = List.of(call.stage(), call.tokens().canonicalized());
        groups.computeIfAbsent(key, any -> new ArrayList<>()).add(call);
      }
    }
    return groups.values();
  }

  private LogicalPlan compute(LogicalPlan child, List<AttentionExpression> group) {
    FunctionResults wanted = FunctionResults.of(group);
    LogicalPlan computed = wanted.widen(child).orElseGet(() -> wanted.over(child));
    for (AttentionExpression call : group) {
      results.put(call.canonicalized(), wanted.column(call.function()));
    }
    return computed;
  }
}
