package io.github.sparkattention.sql;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.expressions.codegen.GenerateUnsafeRowJoiner;
import org.apache.spark.sql.catalyst.expressions.codegen.UnsafeRowJoiner;
import org.apache.spark.unsafe.Platform;

/**
 * Writes results as Spark's nested arrays behind the columns of their row: no value becomes an
 * object. The row that comes out is overwritten by the next one, as Spark's own operators do it.
 */
final class RowEncoder {
  private final AttentionSpec spec;
  private final int fields;
  private final UnsafeRow results;
  private final UnsafeRowJoiner joiner;
  private byte[] buffer = {};

  RowEncoder(AttentionSpec spec, RowLayout layout) {
    this.spec = spec;
    this.fields = layout.results().size();
    this.results = new UnsafeRow(fields);
    this.joiner = GenerateUnsafeRowJoiner.create(layout.rows(), layout.results());
  }

  /**
   * Adds results to a row.
   *
   * @param row the row
   * @param batch the batch that it belongs to
   * @param sequence its sequence there, or {@link SequenceBatch#NULL} for null results
   * @return the row with the result columns
   */
  UnsafeRow encode(UnsafeRow row, SequenceBatch batch, int sequence) {
    if (sequence == SequenceBatch.NULL) {
      setNull();
    } else {
      set(batch, sequence);
    }
    return joiner.join(row, results);
  }

  private void setNull() {
    int size = fixedBytes(fields);
    reserve(size);
    results.pointTo(buffer, size);
    zero(0, size);
    for (int field = 0; field < fields; field++) {
      results.setNullAt(field);
    }
  }

  private void set(SequenceBatch batch, int sequence) {
    int length = batch.length(sequence);
    int size = (int) resultBytes(spec, length);
    reserve(size);
    results.pointTo(buffer, size);
    zero(0, UnsafeRow.calculateBitSetWidthInBytes(fields));

    int start = fixedBytes(fields);
    int width = spec.config().dOut();
    int end = matrix(start, batch.context(), batch.contextOffset(sequence), length, width);
    results.setLong(0, place(start, end - start));
    if (spec.wantsWeights()) {
      int heads = end;
      end = weights(heads, batch, sequence);
      results.setLong(1, place(heads, end - heads));
    }
  }

  private int weights(int start, SequenceBatch batch, int sequence) {
    int heads = spec.config().numHeads();
    int length = batch.length(sequence);
    int at = header(start, heads) + heads * Long.BYTES;
    for (int head = 0; head < heads; head++) {
      int from = batch.weightOffset(sequence) + head * length * length;
      int end = matrix(at, batch.weights(), from, length, length);
      setPlace(start, heads, head, at, end);
      at = end;
    }
    return at;
  }

  /** Writes an array of arrays and returns where it ends. */
  private int matrix(int start, float[] values, int from, int rows, int columns) {
    int at = header(start, rows) + rows * Long.BYTES;
    for (int row = 0; row < rows; row++) {
      int end = vector(at, values, from + row * columns, columns);
      setPlace(start, rows, row, at, end);
      at = end;
    }
    return at;
  }

  private int vector(int start, float[] values, int from, int count) {
    int at = header(start, count);
    int bytes = count * Float.BYTES;
    long source = Platform.FLOAT_ARRAY_OFFSET + (long) from * Float.BYTES;
    Platform.copyMemory(values, source, buffer, address(at), bytes);
    // Equal rows must have equal bytes, so what fills up the last word is zero.
    int padded = (bytes + 7) / 8 * 8;
    for (int i = bytes; i < padded; i++) {
      buffer[at + i] = 0;
    }
    return at + padded;
  }

  /** Writes an array's count and clears its null bits; returns where its elements start. */
  private int header(int start, int elements) {
    Platform.putLong(buffer, address(start), elements);
    int size = UnsafeArrayData.calculateHeaderPortionInBytes(elements);
    zero(start + Long.BYTES, start + size);
    return start + size;
  }

  private void zero(int from, int to) {
    for (int i = from; i < to; i += Long.BYTES) {
      Platform.putLong(buffer, address(i), 0);
    }
  }

  private void setPlace(int array, int elements, int element, int from, int to) {
    int places = array + UnsafeArrayData.calculateHeaderPortionInBytes(elements);
    Platform.putLong(
        buffer, address(places + element * Long.BYTES), place(from - array, to - from));
  }

  /** Where a part lies in the whole (high half), and how long it is (low half). */
  private static long place(int offset, int size) {
    return (long) offset << 32 | size;
  }

  private static long address(int index) {
    return Platform.BYTE_ARRAY_OFFSET + (long) index;
  }

  private void reserve(int size) {
    if (buffer.length < size) {
      buffer =
          new byte[(int) Math.min(SequenceChecks.MAX_ARRAY, Math.max(size, 2L * buffer.length))];
    }
  }

  /**
   * The size of a row with the results of one sequence.
   *
   * @param spec which results there are
   * @param length number of tokens
   * @return bytes
   */
  static long resultBytes(AttentionSpec spec, long length) {
    int heads = spec.config().numHeads();
    long bytes = fixedBytes(spec.wantsWeights() ? 2 : 1);
    bytes += matrixBytes(length, spec.config().dOut());
    if (spec.wantsWeights()) {
      bytes += headerBytes(heads) + heads * (Long.BYTES + matrixBytes(length, length));
    }
    return bytes;
  }

  private static int fixedBytes(int fields) {
    return UnsafeRow.calculateBitSetWidthInBytes(fields) + fields * Long.BYTES;
  }

  private static long matrixBytes(long rows, long columns) {
    return headerBytes(rows) + rows * (Long.BYTES + vectorBytes(columns));
  }

  private static long vectorBytes(long elements) {
    return headerBytes(elements) + (elements * Float.BYTES + 7) / 8 * 8;
  }

  private static long headerBytes(long elements) {
    return UnsafeArrayData.calculateHeaderPortionInBytes(elements);
  }
}
