package io.github.sparkattention.kernels;

/**
 * What a prepared program takes of memory.
 *
 * @param heapBytes bytes of this JVM's heap
 * @param deviceBytes bytes of the device's memory; 0 on Java threads
 */
public record PreparedMemory(long heapBytes, long deviceBytes) {
  /** Of a program that takes none. */
  public static final PreparedMemory NONE = new PreparedMemory(0, 0);

  /**
   * The memory of two.
   *
   * @param other what comes to this
   * @return the sum
   */
  public PreparedMemory plus(PreparedMemory other) {
    return new PreparedMemory(heapBytes + other.heapBytes, deviceBytes + other.deviceBytes);
  }

  /**
   * The memory of all but one.
   *
   * @param other what goes from this
   * @return the difference
   */
  public PreparedMemory minus(PreparedMemory other) {
    return new PreparedMemory(heapBytes - other.heapBytes, deviceBytes - other.deviceBytes);
  }
}
