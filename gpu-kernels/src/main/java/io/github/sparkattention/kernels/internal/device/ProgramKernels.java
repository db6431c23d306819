package io.github.sparkattention.kernels.internal.device;

/** Makes kernels; apart from work groups, which settings name without loading Aparapi's classes. */
public final class ProgramKernels {
  private ProgramKernels() {}

  /** A kernel for groups of a kind. */
  public static ProgramKernel of(WorkGroup group) {
    ProgramKernel kernel =
        switch (group) {
          case SMALL -> new ProgramKernelSmall();
          case MEDIUM -> new ProgramKernel();
          case LARGE -> new ProgramKernelLarge();
        };
    kernel.makeLocalArrays();
    return kernel;
  }
}
