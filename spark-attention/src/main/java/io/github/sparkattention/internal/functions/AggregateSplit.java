package io.github.sparkattention.internal.functions;

import io.github.sparkattention.internal.spark.Catalyst;
import io.github.sparkattention.internal.spark.SparkLine;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Splits an aggregate whose results go into a call of a function, as sequences that {@code
 * collect_list} makes do: the aggregate stays, and the call goes above it.
 */
final class AggregateSplit {
  private final Aggregate aggregate;
  private final List<NamedExpression> below = new ArrayList<>();
  private final List<NamedExpression> above = new ArrayList<>();

  private AggregateSplit(Aggregate aggregate) {
    this.aggregate = aggregate;
  }

  static LogicalPlan split(LogicalPlan node) {
    return node instanceof Aggregate aggregate ? new AggregateSplit(aggregate).split() : node;
  }

  private LogicalPlan split() {
    if (!aggregate.aggregateExpressions().exists(this::callsAbove)) {
      return aggregate;
    }
    for (NamedExpression result : CollectionConverters.asJava(aggregate.aggregateExpressions())) {
      Expression expression = (Expression) result;
      if (callsAbove(expression)) {
        above.add((NamedExpression) Catalyst.transformDown(expression, this::fromBelow));
      } else {
        below.add(result);
        above.add(result.toAttribute());
      }
    }
    return Catalyst.project(above, SparkLine.withResults(aggregate, below));
  }

  /** Whether an expression holds a call that only the aggregate's results have the columns for. */
  private boolean callsAbove(Object expression) {
    return ((Expression) expression)
        .exists(
            part ->
                part instanceof AttentionExpression call
                    && (call.references().isEmpty() || call.tokens().exists(this::isAggregated)));
  }

  private boolean isAggregated(Expression part) {
    return part instanceof AggregateExpression
        || aggregate.groupingExpressions().exists(part::semanticEquals);
  }

  private Expression fromBelow(Expression part) {
    if (!isAggregated(part)) {
      return part;
    }
    NamedExpression column =
        part instanceof NamedExpression named ? named : Catalyst.alias(part, "aggregated");
    below.add(column);
    return column.toAttribute();
  }
}
