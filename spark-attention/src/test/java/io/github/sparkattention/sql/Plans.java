package io.github.sparkattention.sql;

import io.github.sparkattention.internal.plan.BatchAttentionExec;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.adaptive.AdaptiveSparkPlanExec;
import org.apache.spark.sql.execution.adaptive.QueryStageExec;
import scala.jdk.javaapi.CollectionConverters;

/** What tests ask of plans. */
public final class Plans {
  private Plans() {}

  /** The names of an optimized plan's nodes, from the root down. */
  public static List<String> optimized(Dataset<Row> dataset) {
    return nodes(dataset).stream().map(LogicalPlan::nodeName).toList();
  }

  /** The first node of a name in the optimized plan, as one line. */
  public static String first(Dataset<Row> dataset, String name) {
    return nodes(dataset).stream()
        .filter(node -> node.nodeName().equals(name))
        .findFirst()
        .orElseThrow()
        .simpleString(100);
  }

  private static List<LogicalPlan> nodes(Dataset<Row> dataset) {
    List<LogicalPlan> nodes = new ArrayList<>();
    dataset
        .queryExecution()
        .optimizedPlan()
        .foreach(
            node -> {
              nodes.add(node);
              return null;
            });
    return nodes;
  }

  /** Runs a dataset, and tells how many tokens its operators computed. */
  public static long tokensComputed(Dataset<Row> dataset) {
    dataset.collectAsList();
    return executed(dataset).stream()
        .mapToLong(node -> (Long) node.metrics().apply("numTokens").value())
        .sum();
  }

  /** Our operators in the plan that a dataset was executed by. */
  public static List<BatchAttentionExec> executed(Dataset<Row> dataset) {
    List<BatchAttentionExec> found = new ArrayList<>();
    collect(dataset.queryExecution().executedPlan(), found);
    return found;
  }

  private static void collect(SparkPlan plan, List<BatchAttentionExec> found) {
    if (plan instanceof AdaptiveSparkPlanExec adaptive) {
      collect(adaptive.executedPlan(), found);
    } else if (plan instanceof QueryStageExec stage) {
      collect(stage.plan(), found);
    }
    if (plan instanceof BatchAttentionExec node) {
      found.add(node);
    }
    CollectionConverters.asJava(plan.children()).forEach(child -> collect(child, found));
  }
}
