package io.github.sparkattention.kernels.threads;

/**
 * A thread's working memory, kept from batch to batch. It grows with the widths of the layers that
 * the thread has run, never with the number or the length of sequences.
 */
final class VectorScratch {
  private static final ThreadLocal<VectorScratch> CURRENT =
      ThreadLocal.withInitial(VectorScratch::new);

  private final float[] tile = new float[VectorGemm.ROWS * VectorGemm.COLUMNS];
  private float[] packed = new float[0];

  private VectorScratch() {}

  static VectorScratch current() {
    return CURRENT.get();
  }

  float[] tile() {
    return tile;
  }

  float[] packed(int size) {
    if (packed.length < size) {
      packed = new float[size];
    }
    return packed;
  }
}
