package io.github.sparkattention.bench;

/** A case made ready for one contender. */
interface PreparedCase extends AutoCloseable {

  /** Computes the whole batch once: the part that is timed. */
  void forward();

  /**
   * Copies the result of the last {@link #forward}.
   *
   * @return context vectors [total, dOut] without padding, in the order of the workload
   */
  float[] context();

  /** Frees the result of the last {@link #forward}; not timed. */
  void release();

  @Override
  void close();
}
