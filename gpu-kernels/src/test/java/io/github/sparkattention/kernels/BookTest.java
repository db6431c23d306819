package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sparkattention.kernels.contract.SeededWeights;
import io.github.sparkattention.kernels.files.SafeTensors;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * The worked examples of "Build a Large Language Model (from Scratch)", chapter 3: seeded weights
 * in, the printed numbers out.
 */
class BookTest {
  private static final float[][] SELF_ATTENTION_V2 = {
    {-0.0739f, 0.0713f},
    {-0.0748f, 0.0703f},
    {-0.0749f, 0.0702f},
    {-0.0760f, 0.0685f},
    {-0.0763f, 0.0679f},
    {-0.0754f, 0.0693f}
  };
  private static final float[][] CAUSAL_ATTENTION = {
    {-0.4519f, 0.2216f},
    {-0.5874f, 0.0058f},
    {-0.6300f, -0.0632f},
    {-0.5675f, -0.0843f},
    {-0.5526f, -0.0981f},
    {-0.5299f, -0.1081f}
  };
  private static final float[][] MULTI_HEAD_ATTENTION = {
    {0.3190f, 0.4858f},
    {0.2943f, 0.3897f},
    {0.2856f, 0.3593f},
    {0.2693f, 0.3873f},
    {0.2639f, 0.3928f},
    {0.2575f, 0.4028f}
  };

  @Test
  void selfAttentionOfSeed789() throws IOException {
    AttentionConfig config = AttentionConfig.builder(3, 2).causal(false).build();
    check(config, 789, "self_v2.seed789", SELF_ATTENTION_V2);
  }

  @Test
  void causalAttentionOfSeed123() throws IOException {
    AttentionConfig config = AttentionConfig.builder(3, 2).contextLength(6).build();
    check(config, 123, "causal.seed123", CAUSAL_ATTENTION);
  }

  @Test
  void multiHeadAttentionOfSeed123() throws IOException {
    AttentionConfig config =
        AttentionConfig.builder(3, 2).contextLength(6).numHeads(2).outProjection(true).build();
    check(config, 123, "multi_head.seed123", MULTI_HEAD_ATTENTION);
  }

  /** The chapter's batch is its one sentence twice. */
  private static void check(AttentionConfig config, long seed, String name, float[][] printed)
      throws IOException {
    SafeTensors book = GoldenCase.read("book.safetensors");
    float[] sentence = book.tensor("inputs").floats();
    float[] expected = book.tensor(name + ".output").floats();
    AttentionWeights weights = SeededWeights.attention(config, seed);
    try (Backend backend = new ThreadsBackend(2)) {
      float[] context =
          BackendContract.run(
              backend.prepare(Program.attention(config), weights.tensors()),
              new float[][] {sentence, sentence});
      assertThat(Arrays.copyOf(context, 12)).isEqualTo(Arrays.copyOfRange(context, 12, 24));
      Rows.assertClose(Arrays.copyOf(context, 12), expected, 2, 2e-5);
      for (int token = 0; token < 6; token++) {
        for (int d = 0; d < 2; d++) {
          assertThat(context[2 * token + d]).isCloseTo(printed[token][d], within(5.1e-5f));
        }
      }
    }
  }
}
