package io.github.sparkattention.kernels;

/**
 * What one forward pass cost.
 *
 * @param computeNanos nanoseconds of computing: on Java threads the whole pass; on a device its
 *     launches, with the input's way up and the results' way down
 * @param waitNanos nanoseconds in which the pass waited for its turn on the device; 0 on Java
 *     threads
 * @param bytesUp bytes that went to the device
 * @param bytesDown bytes that came from it
 * @param launches launches on the device, those that failed included; 0 on Java threads
 * @param splits launches that were halved, since the device had too little memory for them
 * @param fallback whether Java threads computed what was meant for a device
 */
public record PassReport(
    long computeNanos,
    long waitNanos,
    long bytesUp,
    long bytesDown,
    int launches,
    int splits,
    boolean fallback) {

  /** The report of a pass that had nothing to compute. */
  public static final PassReport NOTHING = new PassReport(0, 0, 0, 0, 0, 0, false);

  /**
   * The report of a pass on Java threads.
   *
   * @param computeNanos nanoseconds that it took
   * @return the report
   */
  public static PassReport ofThreads(long computeNanos) {
    return new PassReport(computeNanos, 0, 0, 0, 0, 0, false);
  }

  /**
   * The same report of a pass that was meant for a device.
   *
   * @return the report, with {@link #fallback} set
   */
  public PassReport asFallback() {
    return new PassReport(computeNanos, waitNanos, bytesUp, bytesDown, launches, splits, true);
  }

  /**
   * Whether the batch was computed in parts.
   *
   * @return true if the device took it in more than one launch
   */
  public boolean isSplit() {
    return launches > 1;
  }
}
