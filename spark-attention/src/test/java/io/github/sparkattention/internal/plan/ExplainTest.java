package io.github.sparkattention.internal.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.LocalSpark;
import io.github.sparkattention.Sequences;
import io.github.sparkattention.internal.spark.SparkLine;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.ExplainMode$;
import org.apache.spark.sql.execution.ui.SQLAppStatusStore;
import org.apache.spark.sql.execution.ui.SQLExecutionUIData;
import org.apache.spark.sql.execution.ui.SparkPlanGraphNode;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

class ExplainTest {
  private final SparkSession spark = LocalSpark.session();
  private final CausalAttention stage =
      new CausalAttention("attention")
          .setDIn(4)
          .setDOut(4)
          .setNumHeads(2)
          .setSeed(5)
          .setContextLength(8)
          .setHandleInvalid("keep")
          .setBackend("threads");
  private final Dataset<Row> result =
      stage.transform(
          Sequences.floats(Sequences.random(13, 4, 3, 0, 5, 1, 9, 2, 4)).repartition(1));

  private static String explain(Dataset<Row> dataset, String mode) {
    return dataset
        .queryExecution()
        .explainString(ExplainMode$.MODULE$.fromString(mode))
        .replaceAll("#[0-9]+L?", "#")
        .replaceAll("plan_id=[0-9]+", "plan_id=");
  }

  @Test
  void theNodeIsOneLine() {
    String line = "BatchAttention tokens# -> context# [causal, 2 heads x 2, 8192 tokens a batch]";
    assertThat(explain(result, "simple")).contains("\n+- " + line + "\n");
    assertThat(explain(result, "extended").lines().filter(text -> text.contains(line))).hasSize(4);
  }

  @Test
  void theFormattedPlanHasTheNodesSettingsAsFields() {
    assertThat(explain(result, "formatted"))
        .contains("+- BatchAttention (3)")
        .contains(
            """
            (3) BatchAttention
            Input [2]: [id#, tokens#]
            Sequences [1]: [tokens#]
            Results [1]: [context#]
            Stage: attention
            Settings: [causal, 2 heads x 2, 8192 tokens a batch]
            """);
  }

  @Test
  void theSqlTabShowsTheNodeWithItsMetrics() throws Exception {
    SQLAppStatusStore store = SparkLine.classic(spark).sharedState().statusStore();
    assertThat(result.collectAsList()).hasSize(7);
    // The store is filled by a listener.
    spark.sparkContext().listenerBus().waitUntilEmpty();
    SQLExecutionUIData last = lastOf(store);
    SparkPlanGraphNode node =
        CollectionConverters.asJava(store.planGraph(last.executionId()).allNodes()).stream()
            .filter(any -> any.name().equals("BatchAttention"))
            .findFirst()
            .orElseThrow();
    assertThat(node.desc()).contains("[causal, 2 heads x 2, 8192 tokens a batch]");
    Map<Object, String> values =
        CollectionConverters.asJava(store.executionMetrics(last.executionId()));
    Map<String, String> shown = new HashMap<>();
    CollectionConverters.asJava(node.metrics())
        .forEach(metric -> shown.put(metric.name(), values.get(metric.accumulatorId())));
    assertThat(shown)
        .containsEntry("number of output rows", "7")
        .containsEntry("number of tokens", "15")
        .containsEntry("number of batches", "1")
        .containsEntry("number of rows refused", "1")
        .containsKeys("time to decode", "time to compute", "time to encode");
  }

  private static SQLExecutionUIData lastOf(SQLAppStatusStore store) {
    List<SQLExecutionUIData> executions = CollectionConverters.asJava(store.executionsList());
    return executions.get(executions.size() - 1);
  }
}
