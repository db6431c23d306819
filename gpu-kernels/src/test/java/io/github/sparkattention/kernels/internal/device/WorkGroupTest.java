package io.github.sparkattention.kernels.internal.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.opencl.OpenClSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WorkGroupTest {
  private static final long AMPLE = 1 << 20;

  @ParameterizedTest
  @CsvSource({"SMALL, 16, 32", "MEDIUM, 64, 64", "LARGE, 256, 128"})
  void sizesAreThoseOfTheDeviceCode(WorkGroup group, int items, int tile) {
    ProgramKernel kernel = ProgramKernels.of(group);
    assertThat(group.items()).isEqualTo(items).isEqualTo(kernel.group());
    assertThat(group.tile()).isEqualTo(tile).isEqualTo(kernel.tile());
    assertThat(WorkGroup.of(items)).isEqualTo(group);
    assertThat(group.localBytes())
        .isEqualTo(
            (long) Long.BYTES * (kernel.tileA.length + kernel.tileB.length + kernel.scores.length)
                + (long) Float.BYTES
                    * (kernel.maximum.length + kernel.total.length + kernel.rescale.length));
  }

  @ParameterizedTest
  @EnumSource(WorkGroup.class)
  void scoresAreSharedEvenlyByTheItemsInWholePairs(WorkGroup group) {
    ProgramKernel kernel = ProgramKernels.of(group);
    assertThat(kernel.itemKeys() * kernel.keyItems()).isEqualTo(ProgramKernel.KEYS);
    assertThat(kernel.itemQueries() * kernel.itemKeys()).isEqualTo(kernel.itemScores());
    assertThat(kernel.itemScores() * kernel.group()).isEqualTo(kernel.tile() * ProgramKernel.KEYS);
    assertThat(kernel.itemKeys()).isEven().isLessThanOrEqualTo(ProgramKernel.MOST_KEYS);
    assertThat(kernel.itemQueries()).isEven().isLessThanOrEqualTo(ProgramKernel.RESULTS);
    int steps = kernel.scoreSteps();
    assertThat(steps * kernel.itemScores()).isEqualTo(ProgramKernel.MOST_SCORES);
    assertThat(steps * kernel.itemQueries()).isLessThanOrEqualTo(2 * ProgramKernel.RESULTS);
    assertThat(steps * kernel.itemKeys()).isLessThanOrEqualTo(2 * ProgramKernel.MOST_KEYS);
    assertThat(ProgramKernel.DEPTH % steps).isZero();
  }

  @ParameterizedTest
  @EnumSource(WorkGroup.class)
  void whatPassesLendFromEachOthersLocalMemoryFitsThere(WorkGroup group) {
    ProgramKernel kernel = ProgramKernels.of(group);
    assertThat(group.items()).isLessThanOrEqualTo(kernel.tileA.length);
    assertThat(group.items() % ProgramKernel.ACCUMULATORS).isZero();
  }

  @Test
  void aDeviceThatAllowsFewerItemsOrLessMemoryGetsASmallerGroup() {
    assertThat(WorkGroup.LARGE.within(256, AMPLE)).isEqualTo(WorkGroup.LARGE);
    assertThat(WorkGroup.LARGE.within(255, AMPLE)).isEqualTo(WorkGroup.MEDIUM);
    assertThat(WorkGroup.LARGE.within(1024, 32 << 10)).isEqualTo(WorkGroup.MEDIUM);
    assertThat(WorkGroup.MEDIUM.within(32, AMPLE)).isEqualTo(WorkGroup.SMALL);
    assertThat(WorkGroup.MEDIUM.within(16, AMPLE)).isEqualTo(WorkGroup.SMALL);
    assertThat(WorkGroup.MEDIUM.within(15, AMPLE)).isNull();
    assertThat(WorkGroup.MEDIUM.within(1024, 8 << 10)).isNull();
  }

  @Test
  void aSizeThatThereIsNotIsRefusedWithThoseThereAre() {
    assertThatThrownBy(() -> OpenClSettings.DEFAULTS.withWorkGroup(32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("workGroup must be one of [16, 64, 256], but is 32");
    assertThat(OpenClSettings.DEFAULTS.withWorkGroup(256).workGroup()).isEqualTo(256);
    assertThat(OpenClSettings.DEFAULTS.workGroup()).isEqualTo(OpenClSettings.FASTEST);
  }
}
