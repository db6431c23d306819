package io.github.sparkattention.kernels;

/**
 * Something that computes attention layers: Java threads, or an OpenCL device.
 *
 * <p>Every backend gives the same bits for the same sequence, weights and configuration. One
 * backend serves a whole JVM and may be used by many threads at once.
 */
public interface AttentionBackend extends AutoCloseable {

  /**
   * Makes a layer ready to run: weights are laid out, or sent to the device, once.
   *
   * @param config the settings of the layer
   * @param weights its weights
   * @return the layer, which stays usable until it or this backend is closed
   * @throws IllegalArgumentException if the weights don't have the shapes that the configuration
   *     asks for
   */
  AttentionLayer prepare(AttentionConfig config, AttentionWeights weights);

  /**
   * Says what computes, for logs and summaries.
   *
   * @return one line, such as {@code "Java threads (8 threads, plain Java)"}
   */
  String description();

  /** Releases the threads or the device; layers of this backend can't run afterwards. */
  @Override
  void close();
}
