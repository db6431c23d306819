package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PackedSequencesTest {

  @Test
  void packsWithoutPadding() {
    PackedSequences batch = PackedSequences.pack(new float[][] {{1, 2}, {}, {3, 4, 5, 6}}, 2);
    assertThat(batch.tokens()).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(batch.count()).isEqualTo(3);
    assertThat(batch.total()).isEqualTo(3);
    assertThat(batch.offset(2)).isEqualTo(1);
    assertThat(batch.length(1)).isZero();
    assertThat(batch.length(2)).isEqualTo(2);
  }

  @Test
  void arraysMayBeLongerThanWhatIsUsed() {
    PackedSequences batch = PackedSequences.of(new float[100], 3, new int[] {0, 4, 9, 7}, 2);
    assertThat(batch.total()).isEqualTo(9);
  }

  @Test
  void refusesWhatDoesNotFitTogether() {
    assertThatThrownBy(() -> PackedSequences.of(new float[4], 0, new int[] {0}, 0))
        .hasMessage("width must be at least 1, but is 0");
    assertThatThrownBy(() -> PackedSequences.of(new float[4], 2, new int[] {0, 1}, 2))
        .hasMessage("2 sequences need 3 offsets, but there are 2");
    assertThatThrownBy(() -> PackedSequences.of(new float[4], 2, new int[] {1, 2}, 1))
        .hasMessage("offsets[0] must be 0, but is 1");
    assertThatThrownBy(() -> PackedSequences.of(new float[4], 2, new int[] {0, 2, 1}, 2))
        .hasMessage("offsets must ascend, but offsets[1] is 2 and offsets[2] is 1");
    assertThatThrownBy(() -> PackedSequences.of(new float[4], 2, new int[] {0, 3}, 1))
        .hasMessage("3 tokens of width 2 need 6 values, but there are 4");
    assertThatThrownBy(() -> PackedSequences.pack(new float[][] {{1}, {1, 2, 3}}, 2))
        .hasMessage("sequence 0 has 1 values, which is no multiple of the width 2");
  }
}
