package io.github.sparkattention.kernels;

import java.util.Objects;

/**
 * Sequences of different lengths, one after another without padding: the layout that PyTorch and
 * FlashAttention call cu_seqlens. A token is an embedding, or an id.
 *
 * <p>The arrays are borrowed, not copied: whoever made them must leave them unchanged until the
 * pass has ended, and may reuse them afterwards. They may be longer than what is used, so that a
 * caller can keep one buffer for all its batches.
 */
public final class PackedSequences {
  /** In place of the width: tokens are ids. */
  private static final int IDS = 0;

  /** The target of a token that has none. */
  public static final int NO_TARGET = -1;

  private final float[] tokens;
  private final int width;
  private final int[] ids;
  private final int[] types;
  private final int[] targets;
  private final int[] offsets;
  private final int count;

  private PackedSequences(
      float[] tokens, int width, int[] ids, int[] types, int[] targets, int[] offsets, int count) {
    this.tokens = tokens;
    this.width = width;
    this.ids = ids;
    this.types = types;
    this.targets = targets;
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
    if (width < 1) {
      throw new IllegalArgumentException("width must be at least 1, but is " + width);
    }
    checkOffsets(offsets, count);
    if ((long) offsets[count] * width > tokens.length) {
      throw new IllegalArgumentException(
          String.format(
              "%d tokens of width %d need %d values, but there are %d",
              offsets[count], width, (long) offsets[count] * width, tokens.length));
    }
    return new PackedSequences(tokens, width, null, null, null, offsets, count);
  }

  /**
   * Wraps packed ids.
   *
   * @param ids ids, at least {@code offsets[count]} of them
   * @param offsets first token of each sequence, ascending from 0; {@code offsets[count]} is the
   *     total
   * @param count number of sequences, at most {@code offsets.length - 1}
   * @return a view over the arrays
   * @throws IllegalArgumentException if the offsets descend, or the arrays are too short
   */
  public static PackedSequences ofIds(int[] ids, int[] offsets, int count) {
    checkOffsets(offsets, count);
    checkLength("ids", ids, offsets[count]);
    return new PackedSequences(null, IDS, ids, null, null, offsets, count);
  }

  /**
   * These sequences with a type for each token, as encoders of pairs of texts have them. Without,
   * all have type 0.
   *
   * @param types types, one for each token
   * @return a view over the arrays
   * @throws IllegalArgumentException if there are too few
   */
  public PackedSequences withTypes(int[] types) {
    checkLength("types", types, total());
    return new PackedSequences(tokens, width, ids, types, targets, offsets, count);
  }

  /**
   * These sequences with a target for each token: the id whose probability is asked for. Without,
   * it is the id that follows in the sequence.
   *
   * @param targets target ids, one for each token, or {@link #NO_TARGET}
   * @return a view over the arrays
   * @throws IllegalArgumentException if there are too few
   */
  public PackedSequences withTargets(int[] targets) {
    checkLength("targets", targets, total());
    return new PackedSequences(tokens, width, ids, types, targets, offsets, count);
  }

  private static void checkLength(String what, int[] array, int needed) {
    Objects.requireNonNull(array, what);
    if (array.length < needed) {
      throw new IllegalArgumentException(
          String.format(
              "%d tokens need %d %s, but there are %d", needed, needed, what, array.length));
    }
  }

  private static void checkOffsets(int[] offsets, int count) {
    Objects.requireNonNull(offsets, "offsets");
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
   * Packs ids by copying them.
   *
   * @param sequences the sequences of ids
   * @return the packed sequences, which own their arrays
   */
  public static PackedSequences packIds(int[]... sequences) {
    int[] offsets = new int[sequences.length + 1];
    for (int i = 0; i < sequences.length; i++) {
      offsets[i + 1] = Math.addExact(offsets[i], sequences[i].length);
    }
    int[] ids = new int[offsets[sequences.length]];
    for (int i = 0; i < sequences.length; i++) {
      System.arraycopy(sequences[i], 0, ids, offsets[i], sequences[i].length);
    }
    return ofIds(ids, offsets, sequences.length);
  }

  /**
   * The packed embeddings.
   *
   * @return the borrowed array [total, width], row-major; possibly longer; null where tokens are
   *     ids
   */
  public float[] tokens() {
    return tokens;
  }

  /**
   * Whether tokens are ids.
   *
   * @return false where they are embeddings
   */
  public boolean hasIds() {
    return ids != null;
  }

  /**
   * The id of a token.
   *
   * @param token index of the token in the batch
   * @return its id
   */
  public int id(int token) {
    return ids[token];
  }

  /**
   * Whether tokens have types.
   *
   * @return whether {@link #withTypes} gave them
   */
  public boolean hasTypes() {
    return types != null;
  }

  /**
   * The type of a token.
   *
   * @param token index of the token in the batch
   * @return its type; 0 where tokens have none
   */
  public int type(int token) {
    return types == null ? 0 : types[token];
  }

  /**
   * The id whose probability is asked for after a token.
   *
   * @param sequence index of the token's sequence
   * @param position the token's position there
   * @return what {@link #withTargets} gave, or else the id of the next token of the sequence;
   *     {@link #NO_TARGET} if there is none
   */
  public int target(int sequence, int position) {
    int token = offsets[sequence] + position;
    if (targets != null) {
      return targets[token];
    }
    return ids != null && position + 1 < length(sequence) ? ids[token + 1] : NO_TARGET;
  }

  /**
   * The width of a token.
   *
   * @return values per token; 0 where tokens are ids
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

  /**
   * The sequence that a token belongs to.
   *
   * @param token index of the token in the batch, less than {@link #total()}
   * @return index of its sequence
   */
  public int sequenceOf(int token) {
    int low = 0;
    int high = count;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (offsets[middle] <= token) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
