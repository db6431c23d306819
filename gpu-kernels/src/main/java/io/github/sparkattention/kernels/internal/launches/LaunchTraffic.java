package io.github.sparkattention.kernels.internal.launches;

/**
 * What a launch costs between host and device. Aparapi waits for each array that goes or comes, and
 * for each pass, before it goes on.
 */
public final class LaunchTraffic {
  private int roundTrips;
  private long bytesUp;
  private long bytesDown;

  /** An array went to the device. */
  void up(long bytes) {
    roundTrips++;
    bytesUp += bytes;
  }

  /** Passes ran. */
  void passes(int passes) {
    roundTrips += passes;
  }

  /** An array came back. */
  void down(long bytes) {
    roundTrips++;
    bytesDown += bytes;
  }

  /** How often the host waited for the device. */
  public int roundTrips() {
    return roundTrips;
  }

  public long bytesUp() {
    return bytesUp;
  }

  public long bytesDown() {
    return bytesDown;
  }
}
