package io.github.sparkattention.internal.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.Sequences;
import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.batches.BatchLimits;
import io.github.sparkattention.internal.batches.BatchSizes;
import io.github.sparkattention.internal.batches.InvalidRows;
import io.github.sparkattention.internal.batches.InvalidSequenceException;
import io.github.sparkattention.internal.batches.Refusals;
import io.github.sparkattention.internal.batches.TaskHeap;
import io.github.sparkattention.internal.results.LayerResults;
import io.github.sparkattention.internal.results.ResultColumn;
import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;
import scala.jdk.javaapi.CollectionConverters;

class RowGathererTest {
  private static final StructType ROWS =
      Sequences.schema(DataTypes.FloatType).add("note", DataTypes.StringType);

  private static final RowLayout LAYOUT = new RowLayout(ROWS, new StructType(), 1, -1);

  private static final TaskHeap HEAP = new TaskHeap(1L << 62, 1);

  private static AttentionSpec spec(int heads, int batchTokens, String weightsCol) {
    return spec(heads, batchTokens, 256L << 20, weightsCol);
  }

  private static AttentionSpec spec(
      int heads, int batchTokens, long batchBytes, String weightsCol) {
    AttentionConfig config = AttentionConfig.builder(1, heads).numHeads(heads).build();
    List<ResultColumn> results = new ArrayList<>();
    results.add(new ResultColumn(LayerResults.CONTEXT_ARRAY, "context"));
    if (weightsCol != null) {
      results.add(new ResultColumn(LayerResults.ATTENTION_WEIGHTS, weightsCol));
    }
    return AttentionSpec.ofLayer(
        "stage",
        "tokens",
        results,
        config,
        BackendPolicy.THREADS,
        new BatchLimits(batchTokens, batchBytes, 20_000),
        InvalidRows.ERROR,
        null);
  }

  private static InternalRow row(long id, int length, String note) {
    Object[] tokens = new Object[length];
    for (int i = 0; i < length; i++) {
      tokens[i] = new GenericArrayData(new float[] {i});
    }
    return new GenericInternalRow(
        new Object[] {id, new GenericArrayData(tokens), UTF8String.fromString(note)});
  }

  private static List<InternalRow> rows(int... lengths) {
    return IntStream.range(0, lengths.length).mapToObj(i -> row(i, lengths[i], "")).toList();
  }

  private static RowGatherer gatherer(
      AttentionSpec spec, TaskHeap heap, scala.collection.Iterator<InternalRow> input) {
    return new RowGatherer(
        spec, LAYOUT, new BatchSizes(spec, heap), new Refusals(spec, 3, null), input);
  }

  /** The ids of each batch that is gathered. */
  private static List<List<Long>> batches(AttentionSpec spec, List<InternalRow> rows) {
    var input = CollectionConverters.asScala(rows.iterator());
    RowGatherer gatherer = gatherer(spec, HEAP, input);
    List<List<Long>> batches = new ArrayList<>();
    List<UnsafeRow> batch = new ArrayList<>();
    while (gatherer.gather(batch)) {
      batches.add(batch.stream().map(row -> row.getLong(0)).toList());
    }
    assertThat(batch).isEmpty();
    return batches;
  }

  @Test
  void aBatchTakesWhatFitsItsTokens() {
    assertThat(batches(spec(1, 10, null), rows(4, 6, 1, 9, 1, 1)))
        .containsExactly(List.of(0L, 1L), List.of(2L, 3L), List.of(4L, 5L));
  }

  @Test
  void aLongerRowIsABatchOfItsOwn() {
    assertThat(batches(spec(1, 10, null), rows(3, 11, 3, 50, 60)))
        .containsExactly(List.of(0L), List.of(1L), List.of(2L), List.of(3L), List.of(4L));
  }

  @Test
  void emptySequencesCount() {
    assertThat(batches(spec(1, 2, null), rows(0, 0, 0, 2, 0)))
        .containsExactly(List.of(0L, 1L), List.of(2L), List.of(3L), List.of(4L));
    assertThat(batches(spec(1, 2, null), rows())).isEmpty();
  }

  @Test
  void attentionWeightsBoundABatchWhenTheyAreWanted() {
    // 2 heads x 2000 x 2000 weights are 32 of the 68 megabytes that a batch may have.
    int[] lengths = {2000, 2000, 100, 3000, 10};
    assertThat(batches(spec(2, 100_000, 68_000_000, null), rows(lengths))).hasSize(1);
    assertThat(batches(spec(2, 100_000, 68_000_000, "w"), rows(lengths)))
        .containsExactly(List.of(0L, 1L, 2L), List.of(3L), List.of(4L));
  }

  @Test
  void attentionWeightsOfABatchNeverExceedAnArray() {
    // Each row has 2^28 attention weights; eight of them are more than an array holds.
    int[] lengths = new int[9];
    Arrays.fill(lengths, 1 << 14);
    assertThat(batches(spec(1, Integer.MAX_VALUE, 1L << 60, null), rows(lengths))).hasSize(1);
    assertThat(batches(spec(1, Integer.MAX_VALUE, 1L << 60, "w"), rows(lengths)))
        .containsExactly(List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L), List.of(7L, 8L));
  }

  @Test
  void theBytesOfOtherColumnsBoundABatch() {
    String note = "x".repeat(100 << 20);
    List<InternalRow> rows = List.of(row(0, 1, note), row(1, 1, note), row(2, 1, note));
    assertThat(batches(spec(1, 8192, null), rows)).containsExactly(List.of(0L, 1L), List.of(2L));
  }

  @Test
  void rowsAreCopied() {
    UnsafeProjection reused = UnsafeProjection.create(ROWS);
    var input =
        CollectionConverters.asScala(rows(1, 2, 3).stream().map(reused::apply).iterator())
            .map(row -> (InternalRow) row);
    List<UnsafeRow> batch = new ArrayList<>();
    AttentionSpec spec = spec(1, 10, null);
    assertThat(gatherer(spec, HEAP, input).gather(batch)).isTrue();
    assertThat(batch).extracting(LAYOUT.decoder(spec)::length).containsExactly(1, 2, 3);
  }

  @Test
  void theBytesOfTokensAndResultsBoundABatch() {
    // A row of 4 tokens has 176 bytes and one of 1 token 80; each token makes 8 more, as a packed
    // value and one of context.
    int[] lengths = {4, 4, 1, 4};
    assertThat(batches(spec(1, 100, 300, null), rows(lengths)))
        .containsExactly(List.of(0L), List.of(1L, 2L), List.of(3L));
    assertThat(batches(spec(1, 100, 512, null), rows(lengths)))
        .containsExactly(List.of(0L, 1L, 2L), List.of(3L));
  }

  @Test
  void aSmallHeapMakesSmallBatches() {
    var input = CollectionConverters.asScala(rows(100, 100, 100).iterator());
    List<UnsafeRow> batch = new ArrayList<>();
    assertThat(gatherer(spec(1, 8192, null), new TaskHeap(75_000, 2), input).gather(batch))
        .isTrue();
    assertThat(batch).hasSize(2);
  }

  @Test
  void aRowThatNeedsMoreMemoryThanItsTaskMayTakeFails() {
    List<InternalRow> rows = rows(1, 200_000);
    var input = CollectionConverters.asScala(rows.iterator());
    RowGatherer gatherer = gatherer(spec(1, 10, null), new TaskHeap(64 << 20, 4), input);
    List<UnsafeRow> batch = new ArrayList<>();
    assertThat(gatherer.gather(batch)).isTrue();
    assertThatThrownBy(() -> gatherer.gather(batch))
        .isInstanceOf(InvalidSequenceException.class)
        .hasMessageMatching(
            "stage: column 'tokens', partition 3, row 1: the sequence has 200000 tokens, and takes"
                + " 2\\d MiB of heap with its copies and results, but one of the 4 tasks that share"
                + " this JVM's 64 MiB may take 11 MiB\\. Raise spark\\.executor\\.memory \\(in local"
                + " mode spark\\.driver\\.memory\\), or spark\\.task\\.cpus, so that fewer tasks"
                + " share it\\.");
  }
}
