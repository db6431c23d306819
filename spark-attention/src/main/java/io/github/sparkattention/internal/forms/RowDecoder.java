package io.github.sparkattention.internal.forms;

import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/**
 * Reads one form of sequence out of Spark's rows into a packed array: no value becomes an object. A
 * decoder keeps views of what it reads, so each task has its own.
 *
 * @param <A> the array: floats of embeddings [n, width] row-major, or ints of ids [n]
 */
public interface RowDecoder<A> {

  /**
   * The length of a row's sequence, as far as the row's header shows.
   *
   * @param row a row whose sequence is not null
   * @return number of tokens
   */
  int length(UnsafeRow row);

  /**
   * Checks a row's header, before anything is allocated for the row.
   *
   * @param row a row whose sequence is not null
   * @return what is wrong, or null if nothing is
   */
  default String shapeFault(UnsafeRow row) {
    return null;
  }

  /**
   * Packs a row's sequence, checking each token.
   *
   * @param row a row whose header is right
   * @param tokens receives the sequence's tokens
   * @param firstToken where they go, in tokens
   * @return what is wrong, or null if nothing is
   */
  String decode(UnsafeRow row, A tokens, int firstToken);
}
