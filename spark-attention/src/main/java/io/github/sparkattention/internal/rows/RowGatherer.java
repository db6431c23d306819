package io.github.sparkattention.internal.rows;

import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.batches.BatchSizes;
import io.github.sparkattention.internal.batches.InvalidSequenceException;
import io.github.sparkattention.internal.batches.Refusals;
import io.github.sparkattention.internal.forms.RowDecoder;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import scala.collection.Iterator;

/** Takes rows from the input until they make a batch. */
public final class RowGatherer {
  private final RowLayout layout;
  private final RowDecoder<?> decoder;
  private final SequenceChecks checks;
  private final BatchSizes sizes;
  private final Refusals refusals;
  private final Iterator<InternalRow> input;
  private long ordinal;
  private UnsafeProjection toUnsafe;

  /** Read, but left for the next batch. Not a copy: it is valid until the input moves on. */
  private UnsafeRow waiting;

  public RowGatherer(
      AttentionSpec spec,
      RowLayout layout,
      BatchSizes sizes,
      Refusals refusals,
      Iterator<InternalRow> input) {
    this.layout = layout;
    this.decoder = layout.decoder(spec);
    this.checks = new SequenceChecks(spec, layout, decoder, sizes);
    this.sizes = sizes;
    this.refusals = refusals;
    this.input = input;
  }

  /**
   * Gathers the next batch: as many rows as it may have, and at least one if any is left.
   *
   * @param rows receives copies of the rows
   * @return false if no row is left
   * @throws InvalidSequenceException if a row needs more memory than this task may take
   */
  boolean gather(List<UnsafeRow> rows) {
    rows.clear();
    BatchSizes.Load load = sizes.load();
    while (!load.isFull() && (waiting != null || input.hasNext())) {
      UnsafeRow row = waiting == null ? unsafe(input.next()) : waiting;
      long length = row.isNullAt(layout.tokens()) ? 0 : decoder.length(row);
      if (!load.add(row.getSizeInBytes(), length)) {
        waiting = row;
        return true;
      }
      requireMemory(row, length);
      rows.add(row.copy());
      ordinal++;
      waiting = null;
    }
    return !rows.isEmpty();
  }

  /** Not a matter of the policy: which rows come out must not depend on a machine's memory. */
  private void requireMemory(UnsafeRow row, long length) {
    String fault = sizes.heapFault(row.getSizeInBytes(), length);
    // What the policy refuses anyway is not computed.
    if (fault != null && checks.fault(row) == null) {
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
