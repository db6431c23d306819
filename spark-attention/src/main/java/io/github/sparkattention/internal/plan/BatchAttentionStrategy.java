package io.github.sparkattention.internal.plan;

import io.github.sparkattention.internal.spark.SparkInternals;
import java.util.List;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.SparkStrategy;
import scala.collection.immutable.Seq;

/** Plans each {@link BatchAttention} as a {@link BatchAttentionExec}, and leaves all else alone. */
public final class BatchAttentionStrategy extends SparkStrategy {
  /** One instance, so that a session holds it once. */
  public static final BatchAttentionStrategy INSTANCE = new BatchAttentionStrategy();

  private BatchAttentionStrategy() {}

  @Override
  public Seq<SparkPlan> apply(LogicalPlan plan) {
    if (plan instanceof BatchAttention node) {
      return SparkInternals.seq(
          List.of(
              new BatchAttentionExec(
                  node.spec(),
                  node.weights(),
                  node.inputs(),
                  node.results(),
                  planLater(node.child()))));
    }
    return SparkInternals.seq(List.of());
  }
}
