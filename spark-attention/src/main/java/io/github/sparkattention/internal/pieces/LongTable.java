package io.github.sparkattention.internal.pieces;

import java.io.Serializable;
import java.util.Arrays;

/** A hash table from longs to ints that are not negative, without an object for each. */
final class LongTable implements Serializable {
  private static final long serialVersionUID = 1L;

  private static final long EMPTY = -1;

  private long[] keys = emptyKeys(64);
  private int[] values = new int[64];
  private int size;

  private static long[] emptyKeys(int capacity) {
    long[] keys = new long[capacity];
    Arrays.fill(keys, EMPTY);
    return keys;
  }

  static long key(int first, int second) {
    return (long) first << 32 | second;
  }

  /** The slot of a key, or the free one where it belongs. */
  private static int slot(long[] keys, long key) {
    int mask = keys.length - 1;
    // The golden ratio's bits spread keys that differ in few of theirs.
    int slot = (int) ((key * 0x9E3779B97F4A7C15L) >>> 32) & mask;
    while (keys[slot] != EMPTY && keys[slot] != key) {
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  /** Puts a value in the place of an earlier one. */
  void put(int first, int second, int value) {
    if (2 * (size + 1) > keys.length) {
      grow();
    }
    long key = key(first, second);
    int slot = slot(keys, key);
    if (keys[slot] == EMPTY) {
      keys[slot] = key;
      size++;
    }
    values[slot] = value;
  }

  private void grow() {
    long[] moreKeys = emptyKeys(2 * keys.length);
    int[] moreValues = new int[moreKeys.length];
    for (int i = 0; i < keys.length; i++) {
      if (keys[i] != EMPTY) {
        int slot = slot(moreKeys, keys[i]);
        moreKeys[slot] = keys[i];
        moreValues[slot] = values[i];
      }
    }
    keys = moreKeys;
    values = moreValues;
  }

  /** The value of a key of two numbers that are not negative, or -1. */
  int get(int first, int second) {
    int slot = slot(keys, key(first, second));
    return keys[slot] == EMPTY ? -1 : values[slot];
  }
}
