package io.github.sparkattention.internal.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.LocalSpark;
import io.github.sparkattention.Sequences;
import io.github.sparkattention.internal.rows.AttentionMetrics;
import io.github.sparkattention.internal.rows.BackendNames;
import io.github.sparkattention.internal.weights.BroadcastWeights;
import io.github.sparkattention.internal.weights.LayerWeights;
import io.github.sparkattention.internal.weights.PlanWeights;
import io.github.sparkattention.kernels.PassReport;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.util.CollectionAccumulator;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

class ExecutionReportTest {
  private final SparkSession spark = LocalSpark.session();

  private static CausalAttention stage() {
    return new CausalAttention()
        .setDIn(4)
        .setDOut(4)
        .setSeed(5)
        .setContextLength(8)
        .setHandleInvalid("skip")
        .setBatchTokens(7)
        .setBackend("threads");
  }

  private static Dataset<Row> rows() {
    return Sequences.floats(Sequences.random(13, 4, 3, 0, 5, 1, 9, 2, 4)).coalesce(1);
  }

  @Test
  void theNodeCountsWhatItDid() {
    Dataset<Row> result = stage().transform(rows());
    SparkPlan plan = result.queryExecution().executedPlan();
    assertThat(plan).isInstanceOf(BatchAttentionExec.class);
    assertThat(plan.executeCollect()).hasSize(6);
    Map<String, Long> counts = valuesByName(plan.metrics());
    // Batches of at most 7 tokens, an empty sequence counting one: 3+0, 5+1, 9 (refused), 2+4.
    assertThat(counts)
        .containsEntry("numOutputRows", 6L)
        .containsEntry("numTokens", 15L)
        .containsEntry("numBatches", 3L)
        .containsEntry("numRowsRefused", 1L)
        // 5 tokens a batch, which Spark keeps in tenths.
        .containsEntry("avgTokensPerBatch", 50L)
        .containsEntry("numBatchesSplit", 0L)
        .containsEntry("numFallbacks", 0L)
        .containsEntry("deviceWaitTime", 0L)
        .containsKeys("decodeTime", "computeTime", "encodeTime")
        .hasSize(11);
    assertThat(counts.get("computeTime")).isPositive();
    assertThat(counts.get("encodeTime")).isPositive();
  }

  @Test
  void aBatchIsCountedWithWhatItsPassCost() {
    AttentionMetrics metrics = AttentionMetrics.create(spark.sparkContext());
    metrics.count(10, new PassReport(500, 30, 100, 200, 1, 0, false));
    metrics.count(20, new PassReport(600, 40, 100, 200, 3, 1, false));
    metrics.count(7, PassReport.ofThreads(70).asFallback());
    assertThat(valuesByName(metrics.byName()))
        .containsEntry("numTokens", 37L)
        .containsEntry("numBatches", 3L)
        .containsEntry("avgTokensPerBatch", 123L)
        .containsEntry("numBatchesSplit", 1L)
        .containsEntry("numFallbacks", 1L)
        .containsEntry("computeTime", 1170L)
        .containsEntry("deviceWaitTime", 70L);
  }

  private static Map<String, Long> valuesByName(
      scala.collection.immutable.Map<String, SQLMetric> metrics) {
    Map<String, Long> values = new HashMap<>();
    CollectionConverters.asJava(metrics)
        .forEach((name, metric) -> values.put(name, (Long) metric.value()));
    return values;
  }

  @Test
  void listenersLearnWhichBackendComputed() throws Exception {
    Set<String> names = ConcurrentHashMap.newKeySet();
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onTaskEnd(SparkListenerTaskEnd end) {
            for (AccumulableInfo info :
                CollectionConverters.asJava(end.taskInfo().accumulables())) {
              if (info.name().contains(BackendNames.NAME) && info.update().isDefined()) {
                ((List<?>) info.update().get()).forEach(name -> names.add((String) name));
              }
            }
          }
        };
    spark.sparkContext().addSparkListener(listener);
    try {
      assertThat(stage().transform(rows()).collectAsList()).hasSize(6);
      await().atMost(Duration.ofSeconds(30)).until(() -> !names.isEmpty());
    } finally {
      spark.sparkContext().removeSparkListener(listener);
    }
    assertThat(names).singleElement().asString().startsWith("Java threads (2 threads");
  }

  @Test
  void theDriverNamesEachBackendOnce() {
    BackendNames names = new BackendNames();
    assertThat(names.isZero()).isTrue();
    for (String name : List.of("b", "a", "b")) {
      CollectionAccumulator<String> ofTask = names.copyAndReset();
      ofTask.add(name);
      names.merge(ofTask);
    }
    assertThat(names.value()).containsExactly("b", "a");
  }

  @Test
  void whatTasksSendBackIsOfAClassThatSparkKnows() throws Exception {
    BackendNames names = new BackendNames();
    spark.sparkContext().register(names, BackendNames.NAME);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(names);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isExactlyInstanceOf(CollectionAccumulator.class);
    }
  }

  @Test
  void weightsAreBroadcastOnce() {
    LayerWeights weights = LayerWeights.seeded(stage().config(), 5);
    BroadcastWeights first = weights.broadcast(spark.sparkContext());
    assertThat(weights.broadcast(spark.sparkContext())).isSameAs(first);
    LayerWeights equal = LayerWeights.given(stage().config(), weights.weights());
    assertThat(equal.broadcast(spark.sparkContext()).fingerprint()).isEqualTo(first.fingerprint());
    LayerWeights other = LayerWeights.seeded(stage().config(), 6);
    assertThat(other.broadcast(spark.sparkContext()).fingerprint())
        .isNotEqualTo(first.fingerprint());
    LayerWeights set = LayerWeights.seeded(stage().setSoftcap(2).config(), 5);
    assertThat(set.broadcast(spark.sparkContext()).fingerprint()).isNotEqualTo(first.fingerprint());
  }

  @Test
  void aStageKeepsItsBroadcastWhileItsLayerIsTheSame() {
    CausalAttention stage = stage();
    PlanWeights first = weightsOf(stage);
    assertThat(weightsOf(stage)).isSameAs(first);
    assertThat(weightsOf(stage.setBatchTokens(9))).isSameAs(first);
    assertThat(weightsOf(stage.copy(new org.apache.spark.ml.param.ParamMap()))).isSameAs(first);
    assertThat(weightsOf(stage.setSeed(6))).isNotEqualTo(first);
  }

  private static PlanWeights weightsOf(CausalAttention stage) {
    var plan = stage.transform(rows()).queryExecution().logical();
    return ((BatchAttention) plan.children().head()).weights();
  }
}
