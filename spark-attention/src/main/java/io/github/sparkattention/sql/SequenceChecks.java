package io.github.sparkattention.sql;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.unsafe.array.ByteArrayMethods;

/**
 * Finds what is wrong with a row, if anything, before anything is allocated for it. Results that
 * are not wanted count like the others: what a plan leaves out must not change which rows are
 * refused.
 */
final class SequenceChecks {
  /** The longest array of a JVM, and the largest row of Spark. */
  static final int MAX_ARRAY = ByteArrayMethods.MAX_ROUNDED_ARRAY_LENGTH;

  private final AttentionSpec spec;
  private final RowLayout layout;
  private final RowDecoder decoder;
  private final Optional<ResultColumn> weights;
  private final List<ResultWriter> writers;

  SequenceChecks(AttentionSpec spec, RowLayout layout, RowDecoder decoder) {
    this.spec = spec;
    this.layout = layout;
    this.decoder = decoder;
    this.weights = spec.result(ResultKind.ATTENTION_WEIGHTS);
    this.writers =
        spec.results().stream().map(column -> column.kind().writer(spec.config())).toList();
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
    String fault = decoder.shapeFault(row);
    if (fault != null) {
      return fault;
    }
    long length = decoder.length(row);
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
    fault = weightsFault(length);
    if (fault != null) {
      return fault;
    }
    long bytes = row.getSizeInBytes() + RowEncoder.resultBytes(writers, length);
    if (bytes > MAX_ARRAY) {
      return String.format(
          "the sequence has %d tokens, and with %s the row would have %d bytes, more than a row"
              + " holds, which is %d",
          length, columns(), bytes, MAX_ARRAY);
    }
    if (layout.dropoutKey() >= 0 && row.isNullAt(layout.dropoutKey())) {
      return String.format(
          "the dropout key of column '%s' (dropoutKeyCol) is null", spec.dropout().keyCol());
    }
    return null;
  }

  private String weightsFault(long length) {
    if (weights.isEmpty()) {
      return null;
    }
    String name = weights.get().name();
    if (length > spec.limits().weightsLength()) {
      return String.format(
          "the sequence has %d tokens, more than maxAttentionWeightsLength, which is %d and bounds"
              + " the attention weights of column '%s' (attentionWeightsCol)",
          length, spec.limits().weightsLength(), name);
    }
    if (spec.weightCount(length) > MAX_ARRAY / Float.BYTES) {
      return String.format(
          "the sequence has %d tokens, and the %d x %d x %d attention weights of column '%s'"
              + " (attentionWeightsCol) are more than a row holds, which is %d",
          length, spec.config().numHeads(), length, length, name, MAX_ARRAY / Float.BYTES);
    }
    return null;
  }

  private String columns() {
    return spec.results().stream()
        .map(column -> String.format("'%s' (%s)", column.name(), column.kind().param()))
        .collect(Collectors.joining(", "));
  }
}
