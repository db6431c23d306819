package io.github.sparkattention.kernels.internal.device;

/** The device code with work groups of 256 items. */
public class ProgramKernelLarge extends ProgramKernel {
  @Override
  int items() {
    return 16;
  }
}
