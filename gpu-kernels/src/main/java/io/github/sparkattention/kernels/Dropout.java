package io.github.sparkattention.kernels;

import java.util.Objects;

/**
 * The draws that drop attention weights in training: Philox4x32-10, a counter-based generator, so
 * that a retried task and every backend draw the same mask.
 *
 * <p>A draw depends on the seed, the sequence's own 64-bit key, the layer, the head, the query and
 * the key position: never on where in a batch the sequence stands. Source: Salmon, Moraes, Dror and
 * Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011.
 */
public final class Dropout {
  /** No dropout, as outside of training. */
  public static final Dropout NONE = new Dropout(0, new long[0], 0);

  private static final long MULTIPLIER_0 = 0xD2511F53L;
  private static final long MULTIPLIER_1 = 0xCD9E8D57L;
  private static final int WEYL_0 = 0x9E3779B9;
  private static final int WEYL_1 = 0xBB67AE85;
  private static final int ROUNDS = 10;
  private static final long LOW = 0xFFFFFFFFL;

  private final long seed;
  private final long[] keys;
  private final int count;

  private Dropout(long seed, long[] keys, int count) {
    this.seed = seed;
    this.keys = keys;
    this.count = count;
  }

  /**
   * Draws by keys that the caller chose, one per sequence.
   *
   * @param seed the seed of the training run
   * @param keys a key per sequence; borrowed, as a batch's arrays are
   * @param count number of sequences
   * @return the draws
   */
  public static Dropout byKeys(long seed, long[] keys, int count) {
    Objects.checkFromIndexSize(0, count, keys.length);
    return new Dropout(seed, keys, count);
  }

  /**
   * Draws by the contents of the sequences: equal sequences draw equal masks.
   *
   * @param seed the seed of the training run
   * @param sequences the batch
   * @return the draws
   */
  public static Dropout byContents(long seed, PackedSequences sequences) {
    long[] keys = new long[sequences.count()];
    for (int s = 0; s < keys.length; s++) {
      keys[s] = contentKey(sequences, s);
    }
    return new Dropout(seed, keys, keys.length);
  }

  private static long contentKey(PackedSequences sequences, int sequence) {
    long hash = sequences.length(sequence);
    if (sequences.hasIds()) {
      for (int i = sequences.offset(sequence); i < sequences.offset(sequence + 1); i++) {
        hash = mix(hash ^ sequences.id(i));
      }
      return hash;
    }
    int end = sequences.offset(sequence + 1) * sequences.width();
    for (int i = sequences.offset(sequence) * sequences.width(); i < end; i++) {
      hash = mix(hash ^ Float.floatToRawIntBits(sequences.tokens()[i]));
    }
    return hash;
  }

  /** The finalizer of SplitMix64 (Steele, Lea and Flood, 2014), a bijection of 64 bits. */
  private static long mix(long z) {
    z += 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /**
   * Whether attention weights are dropped at all.
   *
   * @return false for {@link #NONE}
   */
  public boolean isActive() {
    return this != NONE;
  }

  /**
   * The number of sequences that have a key.
   *
   * @return how many sequences can be drawn for
   */
  public int count() {
    return count;
  }

  /**
   * The Philox key of a sequence: the seed and the sequence's key, mixed to 64 bits.
   *
   * @param sequence index of the sequence in its batch
   * @return the 64-bit key of the generator
   */
  public long generatorKey(int sequence) {
    return mix(mix(seed) ^ keys[sequence]);
  }

  /**
   * Whether an attention weight is kept.
   *
   * @param generatorKey the sequence's {@link #generatorKey}
   * @param layer which of a program's attention steps this is, from 0
   * @param head query head
   * @param query position of the query in its sequence
   * @param key position of the key in its sequence
   * @param threshold the {@link #threshold} of the dropout probability
   * @return true with probability 1 - p
   */
  public static boolean keeps(
      long generatorKey, int layer, int head, int query, int key, int threshold) {
    // Four keys share a block of the generator; 24 bits are what a float holds of a draw.
    return philox(generatorKey, key >>> 2, query, head, layer, key & 3) >>> 8 >= threshold;
  }

  /**
   * The smallest 24-bit draw that is kept.
   *
   * @param probability dropout probability in [0, 1)
   * @return the smallest n with n · 2⁻²⁴ &ge; p
   */
  public static int threshold(float probability) {
    return (int) Math.ceil(probability * 0x1p24);
  }

  /**
   * The factor on kept weights.
   *
   * @param probability dropout probability in [0, 1)
   * @return 1 / (1 - p), rounded once
   */
  public static float keptScale(float probability) {
    return (float) (1 / (1 - (double) probability));
  }

  /** One of the four words of Philox4x32-10 for the counter (c0, c1, c2, c3). */
  static int philox(long key, int c0, int c1, int c2, int c3, int word) {
    int k0 = (int) key;
    int k1 = (int) (key >>> 32);
    for (int round = 0; round < ROUNDS; round++) {
      long product0 = MULTIPLIER_0 * (c0 & LOW);
      long product1 = MULTIPLIER_1 * (c2 & LOW);
      c0 = (int) (product1 >>> 32) ^ c1 ^ k0;
      c1 = (int) product1;
      c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c3 = (int) product0;
      k0 += WEYL_0;
      k1 += WEYL_1;
    }
    return word == 0 ? c0 : word == 1 ? c1 : word == 2 ? c2 : c3;
  }
}
