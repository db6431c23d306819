package io.github.sparkattention.kernels.opencl;

/** The device code with work groups of 16 items. */
public class AttentionKernelSmall extends AttentionKernel {
  @Override
  int items() {
    return 4;
  }
}
