package io.github.sparkattention.internal.functions;

import io.github.sparkattention.internal.plan.BatchAttention;
import io.github.sparkattention.internal.plan.PushThroughAttention;
import org.apache.spark.sql.catalyst.optimizer.ColumnPruning$;
import org.apache.spark.sql.catalyst.optimizer.PushDownPredicates$;
import org.apache.spark.sql.catalyst.optimizer.RemoveNoopOperators$;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Subquery;
import org.apache.spark.sql.catalyst.rules.Rule;

/**
 * Makes nodes of the functions, and moves work below the nodes. Plans that hold neither are left
 * alone. A session runs this once Spark has moved all expressions to where they belong, and before
 * Spark looks at costs and copies parts of plans into subqueries.
 */
final class AttentionOptimizations extends Rule<LogicalPlan> {
  /** One instance, so that a session holds it once. */
  static final AttentionOptimizations INSTANCE = new AttentionOptimizations();

  private AttentionOptimizations() {}

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    // A correlated subquery becomes a join of the outer query, and comes here with that.
    if ((plan instanceof Subquery subquery && subquery.correlated())
        || !plan.exists(this::isOurs)) {
      return plan;
    }
    LogicalPlan extracted = AttentionExtraction.extract(plan);
    LogicalPlan moved = PushThroughAttention.INSTANCE.apply(extracted);
    // What Spark did before stopped at our nodes, or where there were none yet.
    LogicalPlan pushed = PushDownPredicates$.MODULE$.apply(moved);
    LogicalPlan pruned = ColumnPruning$.MODULE$.apply(pushed);
    return RemoveNoopOperators$.MODULE$.apply(pruned);
  }

  private boolean isOurs(LogicalPlan node) {
    return node instanceof BatchAttention || AttentionExtraction.applies(node);
  }
}
