package io.github.sparkattention.kernels;

import java.util.Objects;

/**
 * Sequences of different lengths, one after another without padding: the layout that PyTorch and
 * FlashAttention call cu_seqlens.
 *
 * <p>The arrays are borrowed, not copied: whoever made them must leave them unchanged until the
 * pass has ended, and may reuse them afterwards. They may be longer than what is used, so that a
 * caller can keep one buffer for all its batches.
 */
public final class PackedSequences {
  private final float[] tokens;
  private final int width;
  private final int[] offsets;
  private final int count;

  private PackedSequences(float[] tokens, int width, int[] offsets, int count) {
    this.tokens = tokens;
    this.width = width;
    this.offsets = offsets;
    this.count = count;
  }

  /**
   * Wraps packed tokens.
   *
   * @param tokens embeddings [total, width] row-major; at least {@code offsets[count] · width} long
   * @param width values per token, at least 1
   * @param offsets first token of each sequence, ascending from 0; {@code offsets[count]} is the
   *     total
   * @param count number of sequences, at most {@code offsets.length - 1}
   * @return a view over the arrays
   * @throws IllegalArgumentException if the offsets descend, or the arrays are too short
   */
  public static PackedSequences of(float[] tokens, int width, int[] offsets, int count) {
    Objects.requireNonNull(tokens, "tokens");
    Objects.requireNonNull(offsets, "offsets");
    if (width < 1) {
      throw new IllegalArgumentException("width must be at least 1, but is " + width);
    }
    if (count < 0 || count >= offsets.length) {
      throw new IllegalArgumentException(
          String.format(
              "%d sequences need %d offsets, but there are %d",
              count, (long) count + 1, offsets.length));
    }
    if (offsets[0] != 0) {
      throw new IllegalArgumentException("offsets[0] must be 0, but is " + offsets[0]);
    }
    for (int i = 0; i < count; i++) {
      if (offsets[i + 1] < offsets[i]) {
        throw new IllegalArgumentException(
            String.format(
                "offsets must ascend, but offsets[%d] is %d and offsets[%d] is %d",
                i, offsets[i], i + 1, offsets[i + 1]));
      }
    }
    if ((long) offsets[count] * width > tokens.length) {
      throw new IllegalArgumentException(
          String.format(
              "%d tokens of width %d need %d values, but there are %d",
              offsets[count], width, (long) offsets[count] * width, tokens.length));
    }
    return new PackedSequences(tokens, width, offsets, count);
  }

  /**
   * Packs sequences by copying them.
   *
   * @param sequences the sequences, each [n, width] row-major
   * @param width values per token
   * @return the packed sequences, which own their arrays
   * @throws IllegalArgumentException if a sequence is no whole number of tokens
   */
  public static PackedSequences pack(float[][] sequences, int width) {
    int[] offsets = new int[sequences.length + 1];
    for (int i = 0; i < sequences.length; i++) {
      if (sequences[i].length % width != 0) {
        throw new IllegalArgumentException(
            String.format(
                "sequence %d has %d values, which is no multiple of the width %d",
                i, sequences[i].length, width));
      }
      offsets[i + 1] = Math.addExact(offsets[i], sequences[i].length / width);
    }
    float[] tokens = new float[Math.multiplyExact(offsets[sequences.length], width)];
    for (int i = 0; i < sequences.length; i++) {
      System.arraycopy(sequences[i], 0, tokens, offsets[i] * width, sequences[i].length);
    }
    return of(tokens, width, offsets, sequences.length);
  }

  /**
   * The packed embeddings.
   *
   * @return the borrowed array [total, width], row-major; possibly longer
   */
  public float[] tokens() {
    return tokens;
  }

  /**
   * The width of a token.
   *
   * @return values per token
   */
  public int width() {
    return width;
  }

  /**
   * The number of sequences.
   *
   * @return how many sequences are packed, empty ones included
   */
  public int count() {
    return count;
  }

  /**
   * The number of tokens of all sequences.
   *
   * @return the sum of all lengths
   */
  public int total() {
    return offsets[count];
  }

  /**
   * Where a sequence starts.
   *
   * @param sequence index of the sequence, 0 to {@code count()}; the last gives {@link #total()}
   * @return index of its first token
   */
  public int offset(int sequence) {
    return offsets[sequence];
  }

  /**
   * The length of a sequence.
   *
   * @param sequence index of the sequence
   * @return its number of tokens
   */
  public int length(int sequence) {
    return offsets[sequence + 1] - offsets[sequence];
  }
}
