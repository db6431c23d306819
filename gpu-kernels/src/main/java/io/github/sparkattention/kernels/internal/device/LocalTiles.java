package io.github.sparkattention.kernels.internal.device;

import io.github.sparkattention.kernels.contract.ContractMath;

/**
 * Who of a work group computes what, and where the group's tiles lie in its local memory.
 *
 * <p>Numbers lie there in pairs, each in a long, since one load then brings two factors. A pair of
 * left factors, or of right ones, is half a tile apart; the keys of a pair are neighbours, since a
 * sum takes them one after the other.
 *
 * <p>A GPU's local memory has 32 banks, neighbouring words in neighbouring ones. It serves pairs to
 * half of the 32 neighbouring items that go in step, and then to the others. Of each half, those
 * that want different pairs of the same two banks wait for each other. Strides are therefore a
 * little wider than what lies in them, so that items that store go to different banks, as those
 * that read do anyway: most of them read the same pair.
 */
abstract class LocalTiles extends DeviceFunctions {
  /** Rows and columns of the results that a work item computes. */
  public static final int RESULTS = 8;

  /** Pairs of rows, and of columns, of a work item's results. */
  static final int PAIRS = RESULTS / 2;

  /** Steps of k that are in local memory at a time. */
  static final int DEPTH = 16;

  public static final int KEYS = ContractMath.KEY_BLOCK;

  /** Work items along a side of the smallest group there is. */
  static final int FEWEST_ITEMS = 4;

  /** Private arrays have constant sizes: these are for the most that a work item may have. */
  public static final int MOST_KEYS = KEYS / FEWEST_ITEMS;

  public static final int MOST_SCORES = RESULTS * MOST_KEYS;

  /** Work items along the keys of a block at most: the largest power of two in its pairs. */
  static final int MOST_KEY_ITEMS = 8;

  /** Pairs that a GPU's local memory serves at once, and items that it serves them to. */
  static final int BANKS = 16;

  /** The left factors: rows of a projection, queries. */
  @Local long[] tileA;

  /** The right factors: columns of a projection, keys, values. */
  @Local long[] tileB;

  @Local long[] scores;

  // Of each row's softmax.
  @Local float[] maximum;
  @Local float[] total;
  @Local float[] rescale;

  long pair(float first, float second) {
    return (long) asInt(second) << Integer.SIZE | ((long) asInt(first) & 0xFFFFFFFFL);
  }

  /** The first of a pair for 0, the second for 1. */
  float ofPair(long pair, int which) {
    return asFloat((int) (pair >>> (which * Integer.SIZE)));
  }

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

  /** Rows and columns of half a tile. */
  int halfTile() {
    return items() * PAIRS;
  }

  /** Work items along the keys of a block; with more of them, pairs of keys don't come out even. */
  int keyItems() {
    return min(items(), MOST_KEY_ITEMS);
  }

  /** Work items along the queries of a block of keys. */
  int queryItems() {
    return group() / keyItems();
  }

  /** Keys of a work item. */
  int itemKeys() {
    return KEYS / keyItems();
  }

  /** Queries of a work item where it has keys. */
  int itemQueries() {
    return tile() / queryItems();
  }

  /** Scores of a work item. */
  int itemScores() {
    return RESULTS * KEYS / items();
  }

  /** Steps of k that scores take at a time, with as many multiply-adds whatever the group. */
  int scoreSteps() {
    return items() / FEWEST_ITEMS;
  }

  /** The row of a work item's i-th results. */
  int rowOf(int item, int i) {
    return item / items() + i / 2 * items() + i % 2 * halfTile();
  }

  /** The column of a work item's j-th results. */
  int columnOf(int item, int j) {
    return item % items() + j / 2 * items() + j % 2 * halfTile();
  }

  /** The query of a work item's i-th scores. */
  int queryOf(int item, int i) {
    return item / keyItems() + i / 2 * queryItems() + i % 2 * halfTile();
  }

  /** The key of a work item's j-th scores. */
  int keyOf(int item, int j) {
    return 2 * (item % keyItems() + j / 2 * keyItems()) + j % 2;
  }

  /** Where the left factors of a row of the tile's first half and its pair are. */
  int leftAt(int k, int row) {
    return k * (items() * PAIRS + 1) + row;
  }

  /** Where the right factors of a column of the tile's first half and its pair are. */
  int rightAt(int k, int column) {
    return k * (items() * PAIRS) + column;
  }

  /** Where a key's value and its pair are; items store neighbouring steps of k. */
  int keyAt(int k, int key) {
    return k * (KEYS / 2 + 1) + key / 2;
  }

  /** Where a score and its pair are; items store squares of rows and pairs of keys. */
  int scoreAt(int row, int key) {
    return key / 2 * (items() * RESULTS + BANKS / keyItems()) + row;
  }

  /** Where an item has the score of a key of its own query and its pair. */
  int shortScoreAt(int item, int key) {
    return key / 2 * (items() * items()) + item;
  }

  /** Says how much local memory a group has: nothing of it is kept there. */
  void makeLocalArrays() {
    tileA = new long[leftAt(DEPTH, 0)];
    tileB = new long[Math.max(rightAt(DEPTH, 0), keyAt(DEPTH, 0))];
    scores = new long[scoreAt(0, KEYS)];
    maximum = new float[tile()];
    total = new float[tile()];
    rescale = new float[tile()];
  }
}
