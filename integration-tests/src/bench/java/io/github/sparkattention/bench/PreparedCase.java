package io.github.sparkattention.bench;

/** A case made ready for one contender. */
interface PreparedCase extends Timed, AutoCloseable {

  /**
   * Copies the result of the last {@link #forward}.
   *
   * @return context vectors [total, dOut] without padding, in the order of the workload
   */
  float[] context();

  @Override
  void close();
}
