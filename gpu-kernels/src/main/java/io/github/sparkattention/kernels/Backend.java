package io.github.sparkattention.kernels;

/**
 * Something that computes programs: Java threads, or a device.
 *
 * <p>Every backend gives the same bits for the same sequence, weights and program. One backend
 * serves a whole JVM and may be used by many threads at once.
 */
public interface Backend extends AutoCloseable {

  /**
   * Makes a program ready to run: weights are laid out, or sent to the device, once.
   *
   * @param program what is to be computed
   * @param tensors its weights
   * @return the prepared program, which stays usable until it or this backend is closed
   * @throws IllegalArgumentException if the tensors are not those that the program asks for
   */
  Prepared prepare(Program program, Tensors tensors);

  /**
   * Says what computes, for logs and summaries.
   *
   * @return one line, such as {@code "Java threads (8 threads, plain Java)"}
   */
  String description();

  /**
   * The device that computes.
   *
   * @return what the device says of itself; null on Java threads
   */
  default Device device() {
    return null;
  }

  /**
   * What programs and passes hold on the device now.
   *
   * @return bytes; 0 on Java threads
   */
  default long heldBytes() {
    return 0;
  }

  /** Releases the threads or the device; programs prepared here can't run afterwards. */
  @Override
  void close();
}
