package io.github.sparkattention.kernels.internal.loops;

import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.contract.ScoreParts;

/** A table of ids, laid out for scoring tokens against it. Any thread may call it. */
public interface ScoreTable {

  /**
   * Scores some rows against some segments of the vocabulary.
   *
   * @param rows the rows
   * @param firstSegment the first segment
   * @param endSegment end of the segments
   */
  void score(Rows rows, int firstSegment, int endSegment);

  /**
   * Copies the row of an id.
   *
   * @param id the id
   * @param to receives its values
   * @param at where they begin there
   */
  void copyRow(int id, float[] to, int at);

  /**
   * Tokens that are scored together.
   *
   * @param x rows of as many values as the table's
   * @param offset where the first row begins in x
   * @param targets the target of each row
   * @param firstTarget where the first row's target stands
   * @param count number of rows
   * @param layout what is kept of them
   * @param parts receives that, row by row
   * @param partsOffset where the first row's parts begin
   * @param cancellation asked now and then
   */
  @SuppressWarnings("ArrayRecordComponent") // a bundle of arguments; nobody compares two
  record Rows(
      float[] x,
      int offset,
      int[] targets,
      int firstTarget,
      int count,
      ScoreParts layout,
      float[] parts,
      int partsOffset,
      Cancellation cancellation) {

    /** Where a row's part of a segment begins. */
    public int part(int row, int segment) {
      return partsOffset + row * layout.rowWidth() + segment * layout.width();
    }

    public int target(int row) {
      return targets[firstTarget + row];
    }
  }
}
