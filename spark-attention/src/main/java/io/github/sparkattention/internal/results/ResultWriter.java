package io.github.sparkattention.internal.results;

import java.util.List;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/** Writes one kind of result in the format of Spark's rows. */
public interface ResultWriter {

  /**
   * The size of a result, apart from its field.
   *
   * @param length number of tokens
   * @return bytes, a multiple of 8
   */
  long bytes(long length);

  /**
   * Writes a result into a field of a row.
   *
   * @param row the row, whose bytes are those of {@code out}
   * @param field the field's ordinal
   * @param out receives what has no room in the field; it has room
   * @param start where that goes
   * @param batch the batch that was computed
   * @param sequence the sequence in it
   * @return where it ends
   */
  int put(UnsafeRow row, int field, ResultBuffer out, int start, BatchResults batch, int sequence);

  /**
   * The size of a row of results.
   *
   * @param writers what writes the results
   * @param length number of tokens of the row's sequence
   * @return bytes
   */
  static long rowBytes(List<ResultWriter> writers, long length) {
    long bytes = ResultBuffer.structBytes(writers.size());
    for (ResultWriter writer : writers) {
      bytes += writer.bytes(length);
    }
    return bytes;
  }

  /** Writes a result that has no room in its field, which says where it is. */
  interface Placed extends ResultWriter {

    /**
     * Writes a result.
     *
     * @param out receives it; it has room
     * @param start where the result starts
     * @param batch the batch that was computed
     * @param sequence the sequence in it
     * @return where the result ends
     */
    int write(ResultBuffer out, int start, BatchResults batch, int sequence);

    @Override
    default int put(
        UnsafeRow row, int field, ResultBuffer out, int start, BatchResults batch, int sequence) {
      int end = write(out, start, batch, sequence);
      row.setLong(field, ResultBuffer.place(start, end - start));
      return end;
    }
  }
}
