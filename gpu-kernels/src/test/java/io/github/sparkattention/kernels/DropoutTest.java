package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class DropoutTest {

  /** Known answers of Philox4x32-10, published with Random123 (kat_vectors). */
  @Test
  void philoxGivesItsPublishedAnswers() {
    assertWords(0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    assertWords(-1L, -1, -1, -1, -1, 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
    assertWords(
        0x299f31d0a4093822L,
        0x243f6a88,
        0x85a308d3,
        0x13198a2e,
        0x03707344,
        0xd16cfe09,
        0x94fdcceb,
        0x5001e420,
        0x24126ea1);
  }

  private static void assertWords(long key, int c0, int c1, int c2, int c3, int... expected) {
    for (int word = 0; word < 4; word++) {
      assertThat(Dropout.philox(key, c0, c1, c2, c3, word)).isEqualTo(expected[word]);
    }
  }

  @Test
  void theShareOfKeptWeightsIsOneMinusTheProbability() {
    int threshold = Dropout.threshold(0.3f);
    int kept = 0;
    int draws = 400_000;
    for (int i = 0; i < draws; i++) {
      kept += Dropout.keeps(17, 0, i % 3, i / 1000, i % 1000, threshold) ? 1 : 0;
    }
    assertThat((double) kept / draws).isCloseTo(0.7, within(0.005));
  }

  @Test
  void nothingIsDroppedWithProbabilityZero() {
    for (int i = 0; i < 10_000; i++) {
      assertThat(Dropout.keeps(i, 0, 0, i, i, Dropout.threshold(0f))).isTrue();
    }
  }

  @Test
  void keysOfContentsIgnoreWhereASequenceStands() {
    float[] one = {1, 2, 3, 4};
    float[] two = {5, 6};
    PackedSequences first = PackedSequences.pack(new float[][] {one, two}, 2);
    PackedSequences swapped = PackedSequences.pack(new float[][] {two, one}, 2);
    Dropout a = Dropout.byContents(9, first);
    Dropout b = Dropout.byContents(9, swapped);
    assertThat(a.generatorKey(0)).isEqualTo(b.generatorKey(1)).isNotEqualTo(a.generatorKey(1));
    assertThat(Dropout.byContents(10, first).generatorKey(0)).isNotEqualTo(a.generatorKey(0));
  }
}
