package io.github.sparkattention.internal.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.LanguageModel;
import io.github.sparkattention.LocalSpark;
import io.github.sparkattention.Sequences;
import io.github.sparkattention.TinyModels;
import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.executor.ExecutorBackend;
import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.Pooling;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.sql.Plans;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the optimizer makes of a plan with a whole model. */
class LanguageModelPlanTest {
  private static final List<int[]> SEQUENCES = TinyModels.sequences(4, 50, 3, 0, 5, 1, 16, 2);

  private final Dataset<Row> rows = TinyModels.rows(SEQUENCES).coalesce(1);

  private static LanguageModel stage(long seed) {
    return TinyModels.drawn(seed)
        .setPooledCol("pooled")
        .setPooling("last")
        .setPerplexityCol("perplexity")
        .setNextTokensCol("next");
  }

  /** The kinds of outputs that a plan computes. */
  private static List<String> computed(Dataset<Row> dataset) {
    AttentionSpec spec = spec(dataset);
    return IntStream.range(0, spec.program().outputs().size())
        .filter(spec::wantsOutput)
        .mapToObj(spec.program().outputs()::get)
        .map(output -> output.getClass().getSimpleName())
        .toList();
  }

  private static AttentionSpec spec(Dataset<Row> dataset) {
    dataset.collectAsList();
    return ((BatchAttention)
            dataset.queryExecution().optimizedPlan().find(BatchAttention.class::isInstance).get())
        .spec();
  }

  @Test
  void scoresThatNobodyUsesAreNotComputedAndTheProgramStaysTheSame() {
    Dataset<Row> all = stage(1001).transform(rows);
    int before = ExecutorBackend.programs(BackendPolicy.THREADS).prepared();
    assertThat(computed(all))
        .containsExactly("Values", "LogProbability", "TopIds", "TopLogProbabilities");
    assertThat(computed(all.select("id", "pooled"))).containsExactly("Values");
    assertThat(computed(all.select("id", "perplexity")))
        .containsExactly("Values", "LogProbability");
    assertThat(computed(all.select("id", "next")))
        .containsExactly("Values", "TopIds", "TopLogProbabilities");
    assertThat(spec(all.select("pooled")).program()).isEqualTo(spec(all).program());
    assertThat(ExecutorBackend.programs(BackendPolicy.THREADS).prepared()).isEqualTo(before + 1);
    assertThat(Sequences.byId(all.select("id", "pooled"), "pooled"))
        .isEqualTo(Sequences.byId(all, "pooled"));
    assertThat(spec(all).program().outputs()).hasAtLeastOneElementOfType(Output.TopIds.class);
  }

  @Test
  void aModelThatNobodyUsesIsGone() {
    assertThat(Plans.optimized(stage(1).transform(rows).select("id")))
        .doesNotContain("BatchAttention");
  }

  @Test
  void filtersAndLimitsPassBelow() {
    Dataset<Row> result = stage(1).transform(rows);
    assertThat(Plans.tokensComputed(result.filter("id = 2"))).isEqualTo(5);
    assertThat(Plans.tokensComputed(result.limit(1))).isEqualTo(3);
  }

  @Test
  void equalModelsAreEqualPlans() {
    Dataset<Row> first = stage(7).transform(rows);
    assertThat(first.sameSemantics(stage(7).transform(rows))).isTrue();
    assertThat(first.sameSemantics(stage(8).transform(rows))).isFalse();
  }

  @Test
  void thePlanSaysWhatTheModelIsAndWhereItsWeightsComeFrom(@TempDir Path folder) {
    assertThat(Plans.first(stage(7).transform(rows), "BatchAttention"))
        .endsWith(
            "[the book's GPTModel, causal, 2 layers x 8, 2 heads x 4, last pooling, weights that"
                + " each executor draws from seed 7, 8192 tokens a batch]");
    LocalSpark.session();
    String path = TinyModels.encoder(folder.resolve("model"), 9, Pooling.MEAN, true);
    LanguageModel encoder = new LanguageModel().setCheckpoint(path).setPooledCol("e");
    assertThat(Plans.first(encoder.transform(rows), "BatchAttention"))
        .endsWith(
            "[bert, not causal, 3 layers x 12, 3 heads x 4, mean pooling normalized, weights"
                + " broadcast from "
                + path
                + ", 8192 tokens a batch]");
  }
}
