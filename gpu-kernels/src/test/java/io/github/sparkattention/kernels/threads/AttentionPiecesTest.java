package io.github.sparkattention.kernels.threads;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.internal.loops.HeadAttention;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionPiecesTest {
  private static final AttentionConfig CONFIG = AttentionConfig.builder(1, 256).numHeads(4).build();

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 16})
  void everyQueryOfEveryHeadIsVisitedOnce(int cores) {
    Random random = new Random(11);
    int[] offsets = new int[302];
    for (int s = 0; s < 301; s++) {
      int length = s % 100 == 7 ? 5000 : s % 5 == 0 ? 0 : random.nextInt(300);
      offsets[s + 1] = offsets[s] + length;
    }
    PackedSequences batch = PackedSequences.of(new float[offsets[301]], 1, offsets, 301);
    AttentionPieces pieces = new AttentionPieces(CONFIG.heads(), batch, 2, 300, cores);
    int[][] visits = new int[4][batch.total()];
    for (int piece = 0; piece < pieces.count(); piece++) {
      pieces.forEach(
          piece,
          (s, head, first, end) -> {
            assertThat(first % HeadAttention.QUERIES).isZero();
            for (int q = first; q < end; q++) {
              visits[head][batch.offset(s) + q]++;
            }
          });
    }
    for (int[] head : visits) {
      assertThat(Arrays.copyOf(head, offsets[2])).containsOnly(0);
      assertThat(Arrays.copyOfRange(head, offsets[2], offsets[300])).containsOnly(1);
      assertThat(Arrays.copyOfRange(head, offsets[300], offsets[301])).doesNotContain(1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 16})
  void oneLongSequenceAmongShortOnesGivesEveryCoreSeveralPieces(int cores) {
    int[] offsets = new int[102];
    for (int s = 0; s < 101; s++) {
      offsets[s + 1] = offsets[s] + (s == 50 ? 8192 : 20);
    }
    PackedSequences batch = PackedSequences.of(new float[offsets[101]], 1, offsets, 101);
    AttentionPieces pieces = new AttentionPieces(CONFIG.heads(), batch, 0, 101, cores);
    assertThat(pieces.count()).isGreaterThanOrEqualTo(4 * cores);
  }
}
