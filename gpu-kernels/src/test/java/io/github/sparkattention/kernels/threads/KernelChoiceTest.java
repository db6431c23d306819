package io.github.sparkattention.kernels.threads;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.internal.loops.ForcedLoops;
import io.github.sparkattention.kernels.internal.vector.VectorKernels;
import org.junit.jupiter.api.Test;

/** Runs with the Vector API's module and, in a Surefire execution of its own, without it. */
class KernelChoiceTest {
  private static final boolean HAS_MODULE =
      ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();

  @Test
  void theModuleIsThereExactlyWhereSimdIsForced() {
    assertThat(HAS_MODULE).isEqualTo(!System.getProperty(ForcedLoops.PROPERTY).equals("plain"));
  }

  @Test
  void autoTakesSimdWhereTheModuleIsThereAndSaysWhatToDoElsewhere() {
    KernelChoice.Chosen chosen = KernelChoice.choose("auto", "the options");
    if (HAS_MODULE) {
      assertThat(chosen.kernels().description()).matches("SIMD of \\d+ bits");
      assertThat(chosen.reason()).isEqualTo("the module jdk.incubator.vector is there");
    } else {
      assertThat(chosen.kernels().description()).isEqualTo("plain Java");
      assertThat(chosen.reason())
          .isEqualTo(
              "the module jdk.incubator.vector is missing; for SIMD, add"
                  + " --add-modules=jdk.incubator.vector to the options");
    }
  }

  @Test
  void plainIsAlwaysThere() {
    assertThat(KernelChoice.choose("plain", "the options").kernels().description())
        .isEqualTo("plain Java");
  }

  @Test
  void simdThatIsForcedButCannotLoadFails() {
    if (HAS_MODULE) {
      assertThat(KernelChoice.choose("simd", "the options").kernels())
          .isInstanceOf(VectorKernels.class);
    } else {
      assertThatThrownBy(() -> KernelChoice.choose("simd", "the options"))
          .isInstanceOf(BackendUnavailableException.class)
          .hasMessage(
              "sparkattention.kernels=simd was asked for, but the module jdk.incubator.vector is"
                  + " missing; add --add-modules=jdk.incubator.vector to the options");
    }
  }

  @Test
  void anUnknownChoiceIsRefused() {
    assertThatThrownBy(() -> KernelChoice.choose("fast", "the options"))
        .isInstanceOf(BackendUnavailableException.class)
        .hasMessage(
            "sparkattention.kernels must be auto, plain, simd, simd-128, simd-256 or simd-512, but"
                + " is 'fast'");
  }
}
