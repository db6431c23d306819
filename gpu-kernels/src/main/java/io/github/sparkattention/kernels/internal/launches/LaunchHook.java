package io.github.sparkattention.kernels.internal.launches;

import io.github.sparkattention.kernels.internal.device.ProgramKernel;

/**
 * Sees every launch on its way; tests make launches fail here, and benchmarks time their parts.
 * Everything is called on the launch thread.
 */
@FunctionalInterface
public interface LaunchHook {
  LaunchHook NONE = (launch, kernel) -> {};

  /**
   * Called when the input is laid out and nothing of it has gone to the device.
   *
   * @param launch number of the launch on this backend, from 1
   * @param kernel the kernel that is about to run
   */
  void before(long launch, ProgramKernel kernel);

  /**
   * Called when the kernel has run and the results are on the device still.
   *
   * @param kernel the kernel that ran
   */
  default void executed(ProgramKernel kernel) {}

  /**
   * Called when the results are where the caller wants them.
   *
   * @param traffic what the launch cost
   */
  default void fetched(LaunchTraffic traffic) {}
}
