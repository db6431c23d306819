package io.github.sparkattention.internal.pieces;

import java.io.Serializable;
import java.util.Arrays;

/** Pieces of words with their ids, of which it finds the longest that a word goes on with. */
public final class PieceTrie implements Serializable {
  private static final long serialVersionUID = 1L;

  private final LongTable children = new LongTable();
  private int[] ids = {-1};
  private int nodes = 1;

  public void put(int[] piece, int id) {
    int node = 0;
    for (int point : piece) {
      int child = children.get(node, point);
      if (child < 0) {
        child = nodes++;
        children.put(node, point, child);
        if (child == ids.length) {
          ids = Arrays.copyOf(ids, 2 * child);
          Arrays.fill(ids, child, ids.length, -1);
        }
      }
      node = child;
    }
    ids[node] = id;
  }

  /**
   * Finds the longest piece at a place.
   *
   * @param word a text that holds the word
   * @param from the place
   * @param to where the word ends
   * @return its length in the high half and its id in the low one, or -1 if there is none
   */
  public long longest(int[] word, int from, int to) {
    long found = -1;
    int node = 0;
    for (int i = from; i < to; i++) {
      node = children.get(node, word[i]);
      if (node < 0) {
        break;
      }
      if (ids[node] >= 0) {
        found = (long) (i + 1 - from) << 32 | ids[node];
      }
    }
    return found;
  }
}
