package io.github.sparkattention.kernels.internal.loops;

/**
 * A thread's working memory, kept from batch to batch. It grows with the widths of the programs
 * that the thread has run, never with the number or the length of sequences.
 */
public final class Scratch {
  private static final ThreadLocal<Scratch> CURRENT = ThreadLocal.withInitial(Scratch::new);

  private float[] tile = new float[0];
  private float[] packed = new float[0];
  private float[] block = new float[0];

  private Scratch() {}

  public static Scratch current() {
    return CURRENT.get();
  }

  /** Room for a tile of results, and what else is made of it. */
  public float[] tile(int size) {
    tile = grown(tile, size);
    return tile;
  }

  /** Room for packed tokens. */
  public float[] packed(int size) {
    packed = grown(packed, size);
    return packed;
  }

  /** Room for the activations of a block of tokens. */
  public float[] block(int size) {
    block = grown(block, size);
    return block;
  }

  private static float[] grown(float[] array, int size) {
    return array.length >= size ? array : new float[size];
  }
}
