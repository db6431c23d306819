package io.github.sparkattention.sql;

import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import scala.collection.Iterator;

/** Takes rows from the input until they make a batch. */
final class RowGatherer {
  private final AttentionSpec spec;
  private final RowLayout layout;
  private final RowDecoder decoder;
  private final SequenceChecks checks;
  private final MemoryNeed memory;
  private final TaskHeap heap;
  private final Refusals refusals;
  private final Iterator<InternalRow> input;
  private final long byteBudget;
  private long ordinal;
  private UnsafeProjection toUnsafe;

  /** Read, but left for the next batch. Not a copy: it is valid until the input moves on. */
  private UnsafeRow waiting;

  RowGatherer(
      AttentionSpec spec,
      RowLayout layout,
      TaskHeap heap,
      Refusals refusals,
      Iterator<InternalRow> input) {
    this.spec = spec;
    this.layout = layout;
    this.decoder = layout.decoder(spec);
    this.checks = new SequenceChecks(spec, layout, decoder);
    this.memory = new MemoryNeed(spec);
    this.heap = heap;
    this.refusals = refusals;
    this.input = input;
    // Two batches may be there at once, and the copies of one row while it is handed on.
    this.byteBudget = Math.min(spec.limits().bytes(), heap.share() / 3);
  }

  /**
   * Gathers the next batch: as many rows as fit the budgets of tokens and of bytes, and at least
   * one if any is left.
   *
   * @param rows receives copies of the rows
   * @return false if no row is left
   * @throws InvalidSequenceException if a row needs more memory than this task may take
   */
  boolean gather(List<UnsafeRow> rows) {
    rows.clear();
    long tokens = 0;
    long bytes = 0;
    while (waiting != null || input.hasNext()) {
      UnsafeRow row = waiting == null ? unsafe(input.next()) : waiting;
      long length = row.isNullAt(layout.tokens()) ? 0 : decoder.length(row);
      // An empty sequence counts, too, or a partition of them would be one batch.
      tokens += Math.max(1, length);
      bytes += row.getSizeInBytes() + memory.inBatch(length);
      boolean fits = tokens <= spec.tokenBudget() && bytes <= byteBudget;
      if (!fits && !rows.isEmpty()) {
        waiting = row;
        return true;
      }
      requireMemory(row, length);
      rows.add(row.copy());
      ordinal++;
      waiting = null;
      if (!fits) {
        return true;
      }
    }
    return !rows.isEmpty();
  }

  /** Not a matter of the policy: which rows come out must not depend on a machine's memory. */
  private void requireMemory(UnsafeRow row, long length) {
    String fault = heap.fault(length, memory.alone(row.getSizeInBytes(), length));
    // What the policy refuses anyway is not computed.
    if (fault != null && checks.sizes(row) == null) {
      throw refusals.failure(ordinal, fault);
    }
  }

  private UnsafeRow unsafe(InternalRow row) {
    if (row instanceof UnsafeRow already) {
      return already;
    }
    if (toUnsafe == null) {
      toUnsafe = UnsafeProjection.create(layout.rows());
    }
    return toUnsafe.apply(row);
  }
}
