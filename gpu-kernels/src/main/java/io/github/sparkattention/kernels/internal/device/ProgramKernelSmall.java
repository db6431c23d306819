package io.github.sparkattention.kernels.internal.device;

/** The device code with work groups of 16 items. */
public class ProgramKernelSmall extends ProgramKernel {
  @Override
  int items() {
    return 4;
  }
}
