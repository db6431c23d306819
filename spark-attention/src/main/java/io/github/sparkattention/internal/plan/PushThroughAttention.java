package io.github.sparkattention.internal.plan;

import io.github.sparkattention.internal.spark.Catalyst;
import io.github.sparkattention.internal.spark.SparkInternals;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.rules.Rule;

/**
 * Moves below a {@link BatchAttention} what leaves it less to compute:
 *
 * <ul>
 *   <li>A filter's deterministic conditions on other columns than the results.
 *   <li>A limit, unless the node drops rows, which must not count towards it. A sort by other
 *       columns goes along with its limit.
 *   <li>Results that no node above uses are not computed, and a node without any used result is
 *       gone, unless it drops rows.
 * </ul>
 *
 * <p>As with any expression of Spark, a row that is not computed is not refused, either: no error
 * tells of a bad sequence that a filter took away, that a limit left out, or whose results nobody
 * uses.
 */
public final class PushThroughAttention extends Rule<LogicalPlan> {
  /** One instance, for there is nothing to tell two apart. */
  public static final PushThroughAttention INSTANCE = new PushThroughAttention();

  private PushThroughAttention() {}

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    return Catalyst.transformDown(plan, PushThroughAttention::push);
  }

  private static LogicalPlan push(LogicalPlan node) {
    if (node instanceof Filter filter && filter.child() instanceof BatchAttention attention) {
      return filter(filter, attention);
    }
    if (node instanceof Project project && project.child() instanceof BatchAttention attention) {
      return project.withNewChildren(
          SparkInternals.seq(List.of(attention.keeping(project.references()))));
    }
    if (node instanceof GlobalLimit limit && limit.child() instanceof LocalLimit local) {
      return sortedLimit(limit, local);
    }
    if (node instanceof LocalLimit limit) {
      return localLimit(limit);
    }
    return node;
  }

  private static LogicalPlan filter(Filter filter, BatchAttention attention) {
    AttributeSet below = attention.child().outputSet();
    Map<Boolean, List<Expression>> conditions =
        Catalyst.conjuncts(filter.condition()).stream()
            .collect(
                Collectors.partitioningBy(
                    condition ->
                        condition.deterministic() && condition.references().subsetOf(below)));
    if (conditions.get(true).isEmpty()) {
      return filter;
    }
    LogicalPlan pushed = filtered(conditions.get(true), attention.child());
    return filtered(conditions.get(false), attention.withNewChildInternal(pushed));
  }

  private static LogicalPlan filtered(List<Expression> conditions, LogicalPlan child) {
    return Catalyst.conjunction(conditions)
        .<LogicalPlan>map(condition -> new Filter(condition, child))
        .orElse(child);
  }

  /** The first rows of a sort: the sort, too, goes below, for the nodes keep their rows' order. */
  private static LogicalPlan sortedLimit(GlobalLimit limit, LocalLimit local) {
    LogicalPlan top = local.child();
    LogicalPlan base = base(top);
    if (base != top && base instanceof Sort sort && sort.global()) {
      return over(top, limit.withNewChildInternal(local.withNewChildInternal(sort)));
    }
    if (top instanceof Sort sort && sort.global()) {
      base = base(sort.child());
      if (base != sort.child() && sort.references().subsetOf(base.outputSet())) {
        LogicalPlan sorted = sort.withNewChildInternal(base);
        return over(sort.child(), limit.withNewChildInternal(local.withNewChildInternal(sorted)));
      }
    }
    return limit;
  }

  /** Each partition computes no more rows than the limit; the limit of them all stays above. */
  private static LogicalPlan localLimit(LocalLimit limit) {
    LogicalPlan base = base(limit.child());
    if (base == limit.child() || !mayHaveMore(base, limit)) {
      return limit;
    }
    return limit.withNewChildInternal(over(limit.child(), limit.withNewChildInternal(base)));
  }

  private static boolean mayHaveMore(LogicalPlan plan, LocalLimit limit) {
    return limit.maxRowsPerPartition().isDefined()
        && (plan.maxRowsPerPartition().isEmpty()
            || (long) plan.maxRowsPerPartition().get() > (long) limit.maxRowsPerPartition().get());
  }

  /**
   * What lies below a run of nodes that turn each row into one row and hold one of ours; the plan
   * itself if it starts no such run.
   */
  private static LogicalPlan base(LogicalPlan plan) {
    if (plan instanceof BatchAttention attention && attention.keepsRows()) {
      return base(attention.child());
    }
    if (plan instanceof Project project && isDeterministic(project)) {
      LogicalPlan base = base(project.child());
      return base == project.child() ? plan : base;
    }
    return plan;
  }

  /** The same run of nodes over another base. */
  private static LogicalPlan over(LogicalPlan top, LogicalPlan base) {
    LogicalPlan child = top.children().head();
    LogicalPlan rebuilt = child == base(top) ? base : over(child, base);
    return top.withNewChildren(SparkInternals.seq(List.of(rebuilt)));
  }

  private static boolean isDeterministic(Project project) {
    return project.expressions().forall(Expression::deterministic);
  }
}
