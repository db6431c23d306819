package io.github.sparkattention.sql;

import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.unsafe.array.ByteArrayMethods;

/** Finds what is wrong with a row, if anything, before anything is allocated for it. */
final class SequenceChecks {
  /** The longest array of a JVM, and the largest row of Spark. */
  static final int MAX_ARRAY = ByteArrayMethods.MAX_ROUNDED_ARRAY_LENGTH;

  private final AttentionSpec spec;
  private final RowLayout layout;
  private final RowDecoder decoder;

  SequenceChecks(AttentionSpec spec, RowLayout layout) {
    this.spec = spec;
    this.layout = layout;
    this.decoder = new RowDecoder(spec.config().dIn(), layout.doubles());
  }

  /**
   * Checks what a row's header shows.
   *
   * @param row the row
   * @return what is wrong, or null if nothing is
   */
  String sizes(UnsafeRow row) {
    if (row.isNullAt(layout.tokens())) {
      return "the sequence is null";
    }
    long length = layout.length(row);
    int contextLength = spec.config().contextLength();
    if (contextLength > 0 && length > contextLength) {
      return String.format(
          "the sequence has %d tokens, more than contextLength, which is %d",
          length, contextLength);
    }
    int width = Math.max(spec.config().dIn(), spec.config().dOut());
    if (length * width > MAX_ARRAY) {
      return String.format(
          "the sequence has %d tokens, and %d x %d values are more than an array holds, which is"
              + " %d",
          length, length, width, MAX_ARRAY);
    }
    if (spec.wantsWeights() && spec.weightCount(length) > MAX_ARRAY / Float.BYTES) {
      return String.format(
          "the sequence has %d tokens, and the %d x %d x %d attention weights of column '%s'"
              + " (attentionWeightsCol) are more than a row holds, which is %d",
          length,
          spec.config().numHeads(),
          length,
          length,
          spec.weightsCol(),
          MAX_ARRAY / Float.BYTES);
    }
    long bytes = row.getSizeInBytes() + RowEncoder.resultBytes(spec, length);
    if (bytes > MAX_ARRAY) {
      return String.format(
          "the sequence has %d tokens, and with column %s the row would have %d bytes, more than"
              + " a row holds, which is %d",
          length, columns(), bytes, MAX_ARRAY);
    }
    if (layout.dropoutKey() >= 0 && row.isNullAt(layout.dropoutKey())) {
      return String.format(
          "the dropout key of column '%s' (dropoutKeyCol) is null", spec.dropout().keyCol());
    }
    return null;
  }

  private String columns() {
    return spec.wantsWeights()
        ? String.format("'%s' and '%s' (attentionWeightsCol)", spec.outputCol(), spec.weightsCol())
        : String.format("'%s'", spec.outputCol());
  }

  /**
   * Packs a row's tokens, checking each.
   *
   * @param row a row whose sizes are right
   * @param tokens receives the tokens
   * @param firstToken where in {@code tokens} they go, in tokens
   * @return what is wrong, or null if nothing is
   */
  String decode(UnsafeRow row, float[] tokens, int firstToken) {
    return decoder.decode(row.getArray(layout.tokens()), tokens, firstToken);
  }
}
