package io.github.sparkattention.kernels.internal.launches;

import io.github.sparkattention.kernels.PassReport;

/** Adds up what the launches of one forward pass cost. */
public final class PassCost {
  private final long begin = System.nanoTime();
  private long end = begin;
  private long computeNanos;
  private long bytesUp;
  private long bytesDown;
  private int launches;
  private int splits;

  public synchronized void launched() {
    launches++;
  }

  public synchronized void split() {
    splits++;
  }

  /**
   * Called when a launch has brought its results.
   *
   * @param began when it began, by {@link System#nanoTime}
   * @param traffic what went to the device and came back
   */
  synchronized void ended(long began, LaunchTraffic traffic) {
    end = System.nanoTime();
    computeNanos += end - began;
    bytesUp += traffic.bytesUp();
    bytesDown += traffic.bytesDown();
  }

  /** What the pass cost up to the end of its last launch; launches may have run side by side. */
  public synchronized PassReport report() {
    long waitNanos = Math.max(0, end - begin - computeNanos);
    return new PassReport(computeNanos, waitNanos, bytesUp, bytesDown, launches, splits, false);
  }
}
