package io.github.sparkattention.sql;

import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import scala.collection.Iterator;

/** Takes rows from the input until they make a batch. */
final class RowGatherer {
  /** Attention weights of a batch, beyond which it ends; 64 MiB of floats. */
  private static final long MAX_WEIGHTS = 16L << 20;

  /** Bytes of a batch's rows, beyond which it ends, however few tokens wide other columns hold. */
  private static final long MAX_BYTES = 256L << 20;

  private final AttentionSpec spec;
  private final RowLayout layout;
  private final Iterator<InternalRow> input;
  private UnsafeProjection toUnsafe;

  /** Read, but left for the next batch. Not a copy: it is valid until the input moves on. */
  private UnsafeRow waiting;

  RowGatherer(AttentionSpec spec, RowLayout layout, Iterator<InternalRow> input) {
    this.spec = spec;
    this.layout = layout;
    this.input = input;
  }

  /**
   * Gathers the next batch: as many rows as fit the budget, and at least one if any is left.
   *
   * @param rows receives copies of the rows
   * @return false if no row is left
   */
  boolean gather(List<UnsafeRow> rows) {
    rows.clear();
    long tokens = 0;
    long weights = 0;
    long bytes = 0;
    while (waiting != null || input.hasNext()) {
      UnsafeRow row = waiting == null ? unsafe(input.next()) : waiting;
      long length = layout.length(row);
      // An empty sequence counts, too, or a partition of them would be one batch.
      tokens += Math.max(1, length);
      weights += spec.wantsWeights() ? spec.weightCount(length) : 0;
      bytes += row.getSizeInBytes();
      boolean fits = tokens <= spec.tokenBudget() && weights <= MAX_WEIGHTS && bytes <= MAX_BYTES;
      if (!fits && !rows.isEmpty()) {
        waiting = row;
        return true;
      }
      rows.add(row.copy());
      waiting = null;
      if (!fits) {
        return true;
      }
    }
    return !rows.isEmpty();
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
