package io.github.sparkattention.kernels;

/**
 * What a prepared layer takes of memory.
 *
 * @param heapBytes bytes of this JVM's heap
 * @param deviceBytes bytes of the device's memory; 0 on Java threads
 */
public record LayerMemory(long heapBytes, long deviceBytes) {
  /** Of a layer that takes none. */
  public static final LayerMemory NONE = new LayerMemory(0, 0);

  /**
   * The memory of one copy of a layer's weights on the heap.
   *
   * @param config the settings of the layer
   * @return the memory of all projections and their biases
   */
  public static LayerMemory ofWeights(AttentionConfig config) {
    long columns = config.dOut() + 2L * config.kvWidth();
    long floats = (config.dIn() + 1L) * columns;
    floats += config.outProjection() ? (config.dOut() + 1L) * config.dOut() : 0;
    return new LayerMemory(floats * Float.BYTES, 0);
  }

  /**
   * The memory of two.
   *
   * @param other what comes to this
   * @return the sum
   */
  public LayerMemory plus(LayerMemory other) {
    return new LayerMemory(heapBytes + other.heapBytes, deviceBytes + other.deviceBytes);
  }

  /**
   * The memory of all but one.
   *
   * @param other what goes from this
   * @return the difference
   */
  public LayerMemory minus(LayerMemory other) {
    return new LayerMemory(heapBytes - other.heapBytes, deviceBytes - other.deviceBytes);
  }
}
