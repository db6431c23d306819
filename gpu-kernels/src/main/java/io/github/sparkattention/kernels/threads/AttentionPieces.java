package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.internal.loops.HeadAttention;
import java.util.Arrays;

/**
 * Cuts the attention of a batch into pieces of about the same work: a long sequence gives many, by
 * head and by range of queries, and short ones go together. Large pieces come first, so that the
 * small ones even out the end.
 */
final class AttentionPieces {
  /** What a piece costs at least, in multiply-adds: some hundred microseconds. */
  private static final long LEAST_WORK = 1 << 23;

  /** Keys that go through together at least. */
  private static final int LEAST_KEYS = 12;

  /** Queries of a range, where there are enough ranges: packed keys serve all of its blocks. */
  private static final int LONG_RANGE = 16 * HeadAttention.QUERIES;

  /** Queries of a range where the long ones would be too few for all cores to end together. */
  private static final int SHORT_RANGE = 8 * HeadAttention.QUERIES;

  /** Ranges per core that are enough. */
  private static final int ENOUGH = 16;

  private final Heads heads;
  private final PackedSequences sequences;

  /** Queries of a range; ranges begin at multiples of it. */
  private final int range;

  /** Packed as four ints a piece: first sequence, end sequence, head (or -1: all), range index. */
  private int[] pieces = new int[64];

  private int count;

  /** One head of one sequence, or a range of its queries. */
  @FunctionalInterface
  interface Visitor {
    void visit(int sequence, int head, int firstQuery, int endQuery);
  }

  /** Takes the sequences from {@code begin} up to {@code end} of a batch. */
  AttentionPieces(Heads heads, PackedSequences sequences, int begin, int end, int cores) {
    this.heads = heads;
    this.sequences = sequences;
    long total = 0;
    for (int s = begin; s < end; s++) {
      total += work(s);
    }
    // Enough pieces that every core gets several, and none so small that claiming it shows.
    long most = Math.max(LEAST_WORK, total / (8L * cores));
    long longRanges = 0;
    for (int s = begin; s < end; s++) {
      if (work(s) > most) {
        longRanges += (long) heads.numHeads() * ceilDiv(sequences.length(s), LONG_RANGE);
      }
    }
    range = longRanges >= (long) ENOUGH * cores ? LONG_RANGE : SHORT_RANGE;
    for (int s = begin; s < end; s++) {
      if (work(s) > most) {
        addRanges(s);
      }
    }
    int first = begin;
    long together = 0;
    for (int s = begin; s < end; s++) {
      boolean alone = work(s) > most;
      if (alone || together + work(s) > most) {
        addSpan(first, s);
        first = alone ? s + 1 : s;
        together = 0;
      }
      together += alone ? 0 : work(s);
    }
    addSpan(first, end);
  }

  int count() {
    return count;
  }

  void forEach(int piece, Visitor visitor) {
    int head = pieces[4 * piece + 2];
    for (int s = pieces[4 * piece]; s < pieces[4 * piece + 1]; s++) {
      int n = sequences.length(s);
      if (head < 0) {
        for (int h = 0; h < heads.numHeads() && n > 0; h++) {
          visitor.visit(s, h, 0, n);
        }
      } else {
        int first = pieces[4 * piece + 3];
        visitor.visit(s, head, first, Math.min(n, first + range));
      }
    }
  }

  /** Multiply-adds of a sequence's attention: whole blocks, what the mask hides included. */
  private long work(int sequence) {
    long n = sequences.length(sequence);
    long keys = heads.slidingWindow() == 0 ? n : Math.min(n, heads.slidingWindow());
    return 2 * roundUp(n, HeadAttention.QUERIES) * roundUp(keys, LEAST_KEYS) * heads.dOut();
  }

  private static long roundUp(long value, int multiple) {
    return ceilDiv(value, multiple) * multiple;
  }

  private static long ceilDiv(long value, int divisor) {
    return (value + divisor - 1) / divisor;
  }

  /**
   * Later queries see more keys under a causal mask: they are the larger pieces, and come first.
   */
  private void addRanges(int sequence) {
    int n = sequences.length(sequence);
    int last = (n - 1) / range * range;
    for (int first = last; first >= 0; first -= range) {
      for (int head = 0; head < heads.numHeads(); head++) {
        add(sequence, sequence + 1, head, first);
      }
    }
  }

  private void addSpan(int first, int end) {
    if (first < end) {
      add(first, end, -1, 0);
    }
  }

  private void add(int first, int end, int head, int firstQuery) {
    if (4 * count == pieces.length) {
      pieces = Arrays.copyOf(pieces, 2 * pieces.length);
    }
    pieces[4 * count] = first;
    pieces[4 * count + 1] = end;
    pieces[4 * count + 2] = head;
    pieces[4 * count + 3] = firstQuery;
    count++;
  }
}
