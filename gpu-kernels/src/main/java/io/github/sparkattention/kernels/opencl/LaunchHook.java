package io.github.sparkattention.kernels.opencl;

/** Sees every launch before it goes to the device; tests make launches fail here. */
@FunctionalInterface
interface LaunchHook {
  LaunchHook NONE = (launch, kernel) -> {};

  /**
   * Called on the launch thread.
   *
   * @param launch number of the launch on this backend, from 1
   * @param kernel the kernel that is about to run
   */
  void before(long launch, AttentionKernel kernel);
}
