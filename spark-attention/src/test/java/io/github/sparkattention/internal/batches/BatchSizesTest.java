package io.github.sparkattention.internal.batches;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.internal.results.LayerResults;
import io.github.sparkattention.internal.results.ResultColumn;
import io.github.sparkattention.internal.results.ResultKind;
import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sizes that no test could allocate. */
class BatchSizesTest {
  private static final TaskHeap AMPLE = new TaskHeap(1L << 62, 1);
  private static final int MAX_ARRAY = Integer.MAX_VALUE - 15;

  private static BatchSizes sizes(int heads, TaskHeap heap, ResultKind... kinds) {
    List<ResultColumn> results =
        List.of(kinds).stream().map(kind -> new ResultColumn(kind, kind.param())).toList();
    return new BatchSizes(
        AttentionSpec.ofLayer(
            "stage",
            "tokens",
            results,
            AttentionConfig.builder(1, heads).numHeads(heads).build(),
            BackendPolicy.THREADS,
            new BatchLimits(Integer.MAX_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE),
            InvalidRows.ERROR,
            null),
        heap);
  }

  @Test
  void attentionWeightsAreCountedBeyondIntsAndNeverBeyondLongs() {
    BatchSizes sizes = sizes(12, AMPLE, LayerResults.ATTENTION_WEIGHTS);
    assertThat(sizes.weightCount(60_000)).isEqualTo(43_200_000_000L);
    assertThat(sizes.keptWeights(60_000)).isEqualTo(43_200_000_000L);
    assertThat(sizes.weightCount(1L << 31)).isEqualTo(Long.MAX_VALUE);
    assertThat(sizes(12, AMPLE, LayerResults.CONTEXT_ARRAY).keptWeights(60_000)).isZero();
    // A float of token, twelve of context, and the weights.
    assertThat(sizes.inBatch(60_000)).isEqualTo(4 * (43_200_000_000L + 13 * 60_000L));
    assertThat(sizes.inBatch(1L << 31)).isEqualTo(Long.MAX_VALUE);
    assertThat(sizes.alone(1 << 20, 1L << 31)).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aRowWhoseAttentionWeightsNoRowHoldsIsRefusedInOneSentence() {
    BatchSizes sizes = sizes(2, AMPLE, LayerResults.ATTENTION_WEIGHTS);
    assertThat(sizes.fault(1 << 20, 16_000)).isNull();
    assertThat(sizes.fault(1 << 20, 16_385))
        .isEqualTo(
            "the sequence has 16385 tokens, and the 2 x 16385 x 16385 attention weights of column"
                + " 'attentionWeightsCol' (attentionWeightsCol) are more than a row holds, which is"
                + " 536870908");
    assertThat(sizes.fault(1 << 20, 1_000_000_000))
        .startsWith("the sequence has 1000000000 tokens, and the 2 x 1000000000 x 1000000000 ");
  }

  @Test
  void aRowThatNoHeapHoldsIsRefusedInOneSentenceHoweverLargeItIs() {
    BatchSizes sizes = sizes(8, new TaskHeap(1L << 30, 3), LayerResults.ATTENTION_WEIGHTS);
    assertThat(sizes.heapFault(1 << 20, 1_000)).isNull();
    assertThat(sizes.heapFault(1 << 20, 2_000_000_000))
        .isEqualTo(
            "the sequence has 2000000000 tokens, and takes 8,796,093,022,207 MiB of heap with its"
                + " copies and results, but one of the 3 tasks that share this JVM's 1,024 MiB may"
                + " take 255 MiB. Raise spark.executor.memory (in local mode spark.driver.memory),"
                + " or spark.task.cpus, so that fewer tasks share it.");
  }

  @Test
  void aBatchTakesRowsUntilAnArrayOfItIsFull() {
    BatchSizes.Load load = sizes(1, AMPLE, LayerResults.ATTENTION_WEIGHTS).load();
    // 23,170 tokens squared are the most attention weights that a row holds.
    for (int row = 0; row < 4; row++) {
      assertThat(load.add(1 << 20, 23_170)).as("row %d", row).isTrue();
    }
    assertThat(load.add(1 << 20, 23_170)).isFalse();
    assertThat(load.add(1 << 20, 100)).isTrue();
    assertThat(load.isFull()).isFalse();

    BatchSizes.Load tokens = sizes(4, AMPLE, LayerResults.CONTEXT_ARRAY).load();
    assertThat(tokens.add(8, MAX_ARRAY / 4 - 1)).isTrue();
    assertThat(tokens.add(8, 2)).isFalse();
    assertThat(tokens.add(8, 1)).isTrue();
  }

  @Test
  void arraysGrowUpToTheLongestThereIsAndNoFurther() {
    BatchSizes sizes = sizes(2, AMPLE, LayerResults.ATTENTION_WEIGHTS);
    assertThat(sizes.weightsLength(0, 1000)).isEqualTo(1000);
    assertThat(sizes.weightsLength(1000, 999)).isEqualTo(1000);
    assertThat(sizes.weightsLength(1000, 1001)).isEqualTo(2000);
    assertThat(sizes.weightsLength(1_500_000_000, 1_500_000_001)).isEqualTo(MAX_ARRAY);
    assertThat(sizes.tokensLength(0, MAX_ARRAY / 2, 2)).isEqualTo(MAX_ARRAY - MAX_ARRAY % 2);
    assertThatThrownBy(() -> sizes.weightsLength(0, 1L << 31))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "a batch has 2147483648 values of a kind, more than an array holds, which is"
                + " 2147483632");
    assertThatThrownBy(() -> sizes.tokensLength(0, 1L << 40, 1 << 30))
        .hasMessageStartingWith("a batch has 9223372036854775807 values of a kind, ");
  }

  @Test
  void aBatchOfAWholeModelHasAsManyTokensAsAreEnoughWork() {
    Program layer = Program.attention(AttentionConfig.builder(768, 768).numHeads(12).build());
    assertThat(BatchLimits.DEFAULT.of(layer)).isEqualTo(BatchLimits.DEFAULT);
    Program block = ModelConfig.book(100, 8, 768, 12, 1, false).vectors();
    assertThat(BatchLimits.DEFAULT.of(block).tokens())
        .isEqualTo((int) ((1L << 35) / block.work(1)))
        .isBetween(4000, 5000);
    Program deep = ModelConfig.book(100, 8, 768, 12, 12, false).vectors();
    assertThat(BatchLimits.DEFAULT.of(deep).tokens()).isEqualTo(2048);
    assertThat(new BatchLimits(100, 1, 1).of(deep).tokens()).isEqualTo(100);
  }
}
