package io.github.sparkattention.internal.pieces;

import java.io.Serializable;
import java.util.Arrays;

/**
 * Pairs of tokens that become one, by rank. Of all pairs in a word the one of the lowest rank is
 * merged, the leftmost one if there are several, until no pair is left.
 */
public final class Merges implements Serializable {
  private static final long serialVersionUID = 1L;

  private final LongTable ranks = new LongTable();
  private int[] merged = new int[1 << 10];
  private int count;

  /** Adds the pair of the next rank; the last rank counts if a pair comes twice. */
  public void add(int first, int second, int whole) {
    if (count == merged.length) {
      merged = Arrays.copyOf(merged, 2 * count);
    }
    ranks.put(first, second, count);
    merged[count++] = whole;
  }

  /** Room for the merging of words, one after another. */
  public final class Work {
    private int[] ids = new int[64];
    private int[] next = new int[64];
    private int[] previous = new int[64];
    private long[] heap = new long[64];
    private int heapSize;

    /**
     * Merges a word.
     *
     * @param word the ids of its bytes
     * @param result receives the ids of its tokens
     */
    public void merge(Ints word, Ints result) {
      int length = word.length();
      if (length > ids.length) {
        int capacity = Math.max(length, 2 * ids.length);
        ids = new int[capacity];
        next = new int[capacity];
        previous = new int[capacity];
      }
      System.arraycopy(word.values(), 0, ids, 0, length);
      heapSize = 0;
      for (int i = 0; i < length; i++) {
        previous[i] = i - 1;
        next[i] = i + 1 < length ? i + 1 : -1;
      }
      for (int i = 0; i < length; i++) {
        offer(i);
      }
      while (heapSize > 0) {
        long least = poll();
        int at = (int) least;
        int rank = (int) (least >>> 32);
        // A pair may be gone by now: ids that were merged into one before them are -1.
        if (rank(at) == rank) {
          merge(at, rank);
        }
      }
      for (int i = 0; i >= 0 && length > 0; i = next[i]) {
        result.add(ids[i]);
      }
    }

    private int rank(int at) {
      return ids[at] < 0 || next[at] < 0 ? -1 : ranks.get(ids[at], ids[next[at]]);
    }

    private void merge(int at, int rank) {
      int gone = next[at];
      ids[at] = merged[rank];
      ids[gone] = -1;
      next[at] = next[gone];
      if (next[gone] >= 0) {
        previous[next[gone]] = at;
      }
      offer(at);
      if (previous[at] >= 0) {
        offer(previous[at]);
      }
    }

    /** Queues the pair at a place, if it can be merged. */
    private void offer(int at) {
      int rank = rank(at);
      if (rank < 0) {
        return;
      }
      if (heapSize == heap.length) {
        heap = Arrays.copyOf(heap, 2 * heapSize);
      }
      long entry = (long) rank << 32 | at;
      int place = heapSize++;
      while (place > 0 && heap[(place - 1) / 2] > entry) {
        heap[place] = heap[(place - 1) / 2];
        place = (place - 1) / 2;
      }
      heap[place] = entry;
    }

    private long poll() {
      long least = heap[0];
      long last = heap[--heapSize];
      int place = 0;
      for (int child = 1; child < heapSize; child = 2 * place + 1) {
        if (child + 1 < heapSize && heap[child + 1] < heap[child]) {
          child++;
        }
        if (heap[child] >= last) {
          break;
        }
        heap[place] = heap[child];
        place = child;
      }
      heap[place] = last;
      return least;
    }
  }
}
