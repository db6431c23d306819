package io.github.sparkattention.kernels;

/**
 * A forward pass that is under way, or has ended. It belongs to the thread that began it, which
 * ends it by {@link #await} or {@link #cancel}.
 */
public interface Pass {

  /**
   * Waits until the results are in the output arrays.
   *
   * @return what the pass cost
   * @throws PassCancelledException if the pass was given up; nothing touches any array any more
   * @throws RuntimeException what {@link Prepared#begin} would have thrown; what the output arrays
   *     hold then is undefined
   */
  PassReport await();

  /**
   * Gives the pass up: what waits for a device gives its place back, and what runs there ends by
   * itself. Nothing touches any of the pass's arrays once this has returned.
   */
  void cancel();

  /**
   * A pass that has ended.
   *
   * @param report what it cost
   * @return the pass
   */
  static Pass ended(PassReport report) {
    return new Pass() {
      @Override
      public PassReport await() {
        return report;
      }

      @Override
      public void cancel() {
        // Nothing is under way.
      }
    };
  }
}
