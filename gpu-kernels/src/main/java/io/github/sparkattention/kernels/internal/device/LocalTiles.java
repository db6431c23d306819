package io.github.sparkattention.kernels.internal.device;

import com.aparapi.Kernel;
import io.github.sparkattention.kernels.contract.ContractMath;

/**
 * Who of a work group computes what, and where the group's tiles lie in its local memory.
 *
 * <p>A GPU's local memory has 32 banks, neighbouring words in neighbouring ones. Of the 32
 * neighbouring items that go in step, those that want different words of one bank wait for each
 * other. Strides are therefore a little wider than what lies in them, so that items that store go
 * to different banks, as those that read do anyway: most of them read the same word.
 */
abstract class LocalTiles extends Kernel {
  /** Rows and columns of the results that a work item computes. */
  public static final int RESULTS = 8;

  /** Steps of k that are in local memory at a time. */
  static final int DEPTH = 16;

  public static final int KEYS = ContractMath.KEY_BLOCK;

  /** Banks of a GPU's local memory, and items that go in step. */
  static final int BANKS = 32;

  /** Two words for the two rows, of sixteen steps of k, that the items of a step store. */
  static final int STAGED_ROWS = BANKS / DEPTH;

  /** The left factors: rows of a projection, queries. */
  @Local float[] tileA;

  /** The right factors: columns of a projection, keys, values. */
  @Local float[] tileB;

  @Local float[] scores;

  // Of each row's softmax.
  @Local float[] maximum;
  @Local float[] total;
  @Local float[] rescale;

  /**
   * Work items along a side of a group, which is a square. Sizes are methods and not fields, since
   * a device's compiler turns these into constants and keeps private arrays in registers; each size
   * is a class of its own.
   */
  int items() {
    return 8;
  }

  /** Work items of a group. */
  int group() {
    return items() * items();
  }

  /** Rows and columns of a tile of a projection, and queries of a group in attention. */
  int tile() {
    return items() * RESULTS;
  }

  /** Keys of a work item. */
  int itemKeys() {
    return KEYS / items();
  }

  /** The row of a work item's i-th results. */
  int rowOf(int item, int i) {
    return item / items() + i * items();
  }

  /** The column, or key, of a work item's j-th results. */
  int columnOf(int item, int j) {
    return item % items() + j * items();
  }

  /** Where a left factor is; items store neighbouring steps of k. */
  int leftAt(int k, int row) {
    return k * (items() * RESULTS + STAGED_ROWS) + row;
  }

  /** Where a projection's or a value's right factor is; items store neighbouring columns. */
  int rightAt(int k, int column) {
    return k * (items() * RESULTS) + column;
  }

  /** Where a key's value is; items store neighbouring steps of k. */
  int keyAt(int k, int key) {
    return k * (KEYS + STAGED_ROWS) + key;
  }

  /** Where a score is; items store squares of rows and keys, and read neighbouring rows. */
  int scoreAt(int row, int key) {
    return key * (items() * RESULTS + BANKS / items()) + row;
  }

  /** Where an item has the score of a key of its own query; neighbouring items are side by side. */
  int shortScoreAt(int item, int key) {
    return key * (items() * items()) + item;
  }

  /** Says how much local memory a group has: nothing of it is kept there. */
  void makeLocalArrays() {
    tileA = new float[leftAt(DEPTH, 0)];
    tileB = new float[Math.max(rightAt(DEPTH, 0), keyAt(DEPTH, 0))];
    scores = new float[scoreAt(0, KEYS)];
    maximum = new float[tile()];
    total = new float[tile()];
    rescale = new float[tile()];
  }
}
