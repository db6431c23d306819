package io.github.sparkattention.internal.results;

/** Writes one kind of result in the format of Spark's rows. */
public interface ResultWriter {

  /**
   * The size of a result.
   *
   * @param length number of tokens
   * @return bytes, a multiple of 8
   */
  long bytes(long length);

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
}
