package io.github.sparkattention.kernels.opencl;

/** The device code with work groups of 256 items. */
public class AttentionKernelLarge extends AttentionKernel {
  @Override
  int items() {
    return 16;
  }
}
