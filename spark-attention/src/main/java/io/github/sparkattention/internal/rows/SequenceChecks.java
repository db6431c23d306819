package io.github.sparkattention.internal.rows;

import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.batches.BatchSizes;
import io.github.sparkattention.internal.forms.RowDecoder;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/** Finds what is wrong with a row, if anything, before anything is allocated for it. */
final class SequenceChecks {
  private final AttentionSpec spec;
  private final RowLayout layout;
  private final RowDecoder<?> decoder;
  private final BatchSizes sizes;

  SequenceChecks(AttentionSpec spec, RowLayout layout, RowDecoder<?> decoder, BatchSizes sizes) {
    this.spec = spec;
    this.layout = layout;
    this.decoder = decoder;
    this.sizes = sizes;
  }

  /**
   * Checks what a row's header shows.
   *
   * @param row the row
   * @return what is wrong, or null if nothing is
   */
  String fault(UnsafeRow row) {
    if (row.isNullAt(layout.tokens())) {
      return "the sequence is null";
    }
    String fault = decoder.shapeFault(row);
    if (fault != null) {
      return fault;
    }
    long length = decoder.length(row);
    int contextLength = spec.program().contextLength();
    if (contextLength > 0 && length > contextLength) {
      return String.format(
          spec.program().readsIds()
              ? "the sequence has %d ids, but the model takes %d at most; the tokenizer's maxLength"
                  + " and longRows decide what becomes of long texts"
              : "the sequence has %d tokens, more than contextLength, which is %d",
          length,
          contextLength);
    }
    fault = sizes.fault(row.getSizeInBytes(), length);
    if (fault != null) {
      return fault;
    }
    if (layout.dropoutKey() >= 0 && row.isNullAt(layout.dropoutKey())) {
      return String.format(
          "the dropout key of column '%s' (dropoutKeyCol) is null", spec.dropout().keyCol());
    }
    return null;
  }
}
