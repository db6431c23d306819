package io.github.sparkattention.kernels.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.GoldenCase;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.files.SafeTensors;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TorchRandomTest {
  private static SafeTensors book;

  @BeforeAll
  static void readBook() throws IOException {
    book = GoldenCase.read("book.safetensors");
  }

  @Test
  void tenThousandthWordIsTheOneThatTheCppStandardNames() {
    // ISO C++ [rand.predef]: seeded with 5489, mt19937 gives 4123659995 as its 10,000th.
    TorchRandom random = new TorchRandom(5489);
    for (int i = 1; i < 10_000; i++) {
      random.nextInt();
    }

    assertThat(Integer.toUnsignedLong(random.nextInt())).isEqualTo(4123659995L);
  }

  @Test
  void uniformDrawsWhatTorchRandDraws() throws IOException {
    TorchRandom random = new TorchRandom(123);

    for (String name : new String[] {"W_query", "W_key", "W_value"}) {
      float[] expected = book.tensor("self_v1.seed123." + name).floats();
      float[] drawn = new float[expected.length];
      for (int i = 0; i < drawn.length; i++) {
        drawn[i] = random.uniform();
      }
      assertThat(drawn).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({"self_v2.seed789, 789", "causal.seed123, 123"})
  void linearDrawsTheBooksWeightsWithoutBias(String layer, long seed) throws IOException {
    TorchRandom random = new TorchRandom(seed);

    for (String name : new String[] {"W_query", "W_key", "W_value"}) {
      Linear drawn = random.linear(3, 2, false);
      assertThat(drawn.weight()).isEqualTo(tensor(layer, name + ".weight"));
      assertThat(drawn.hasBias()).isFalse();
    }
  }

  @Test
  void seededWeightsAreThoseOfTheBooksMultiHeadAttention() throws IOException {
    AttentionConfig config = AttentionConfig.builder(3, 2).numHeads(2).outProjection(true).build();

    AttentionWeights weights = SeededWeights.attention(config, 123);

    String layer = "multi_head.seed123";
    assertThat(weights)
        .isEqualTo(
            new AttentionWeights(
                new Linear(tensor(layer, "W_query.weight"), null, 2, 3),
                new Linear(tensor(layer, "W_key.weight"), null, 2, 3),
                new Linear(tensor(layer, "W_value.weight"), null, 2, 3),
                new Linear(
                    tensor(layer, "out_proj.weight"), tensor(layer, "out_proj.bias"), 2, 2)));
  }

  @Test
  void seededWeightsAgreeAtBothEndsOfALayerOfTheSizeOfGpt2() throws IOException {
    AttentionConfig config = AttentionConfig.builder(768, 768).numHeads(12).qkvBias(true).build();

    AttentionWeights weights = SeededWeights.attention(config, 42);

    assertEndsAgree("W_query", weights.query());
    assertEndsAgree("W_key", weights.key());
    assertEndsAgree("W_value", weights.value());
    assertThat(weights.out()).isNull();
  }

  @Test
  void seededWeightsHaveTheShapesOfTheConfiguration() {
    AttentionConfig config =
        AttentionConfig.builder(5, 12).numHeads(6).numKvHeads(2).outProjection(true).build();

    AttentionWeights weights = SeededWeights.attention(config, 1);

    weights.check(config);
    assertThat(weights.out().hasBias()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(longs = {0xFFFFFFFFL, (1L << 40) + 0xFFFFFFFFL, Long.MAX_VALUE})
  void onlyTheLow32BitsOfASeedCount(long seed) {
    // torch.manual_seed(-1); torch.rand(4), PyTorch 2.13.0, and the same with the seeds above.
    float[] expected = {0x1.fcd346p-1f, 0x1.248244p-1f, 0x1.23d818p-1f, 0x1.9588ep-5f};

    assertThat(draws(seed, 4)).isEqualTo(draws(-1, 4)).isEqualTo(expected);
  }

  @Test
  void negativeSeedCountsAsItsTwosComplement() {
    // torch.manual_seed(-123) and torch.manual_seed(2**32 - 123), PyTorch 2.13.0.
    float[] expected = {0x1.3666fp-4f, 0x1.cb222ap-1f, 0x1.9764f2p-1f, 0x1.20f30cp-2f};

    assertThat(draws(-123, 4)).isEqualTo(draws((1L << 32) - 123, 4)).isEqualTo(expected);
    assertThat(draws(Long.MIN_VALUE, 4)).isEqualTo(draws(0, 4));
  }

  @Test
  void sizesWithoutAWeightAreRefused() {
    TorchRandom random = new TorchRandom(0);

    assertThatThrownBy(() -> random.linear(0, 2, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "a weight must have sizes of at least 1 and at most 2147483647 values, but is [2, 0]");
    assertThatThrownBy(() -> random.linear(65536, 65536, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "a weight must have sizes of at least 1 and at most 2147483647 values, but is [65536,"
                + " 65536]");
  }

  private static void assertEndsAgree(String name, Linear drawn) throws IOException {
    assertEndsAgree(name + ".weight", drawn.weight());
    assertEndsAgree(name + ".bias", drawn.bias());
  }

  private static void assertEndsAgree(String name, float[] drawn) throws IOException {
    String layer = "gpt2_size.seed42";
    assertThat(Arrays.copyOf(drawn, 16)).isEqualTo(tensor(layer, name + ".first16"));
    assertThat(Arrays.copyOfRange(drawn, drawn.length - 16, drawn.length))
        .isEqualTo(tensor(layer, name + ".last16"));
  }

  private static float[] tensor(String layer, String name) throws IOException {
    return book.tensor(layer + "." + name).floats();
  }

  private static float[] draws(long seed, int count) {
    TorchRandom random = new TorchRandom(seed);
    float[] drawn = new float[count];
    for (int i = 0; i < count; i++) {
      drawn[i] = random.uniform();
    }
    return drawn;
  }

  @Test
  void normalDrawsTheEmbeddingThatTheBookPrints() {
    float[] printed = {
      0.3374f, -0.1778f, -0.1690f, 0.9178f, 1.5810f, 1.3010f, 1.2753f, -0.2010f, -0.1606f,
      -0.4015f, 0.9666f, -1.1481f, -1.1589f, 0.3255f, -0.6315f, -2.8400f, -0.7849f, -1.4096f
    };

    // As many as an Embedding(6, 3) has, which is no multiple of a block's 16.
    assertThat(new TorchRandom(123).normal(18)).containsExactly(printed, within(1e-4f));
  }

  @Test
  void fewNormalsAreThoseThatTheBookPrints() {
    float[] printed = {
      -0.1115f, 0.1204f, -0.3696f, -0.2404f, -1.1969f, 0.2093f, -0.9724f, -0.7550f, 0.3239f,
      -0.1085f
    };

    // As torch.randn(2, 5) of the chapter on GPT's layers.
    assertThat(new TorchRandom(123).normal(10)).containsExactly(printed, within(1e-4f));
  }

  @Test
  void theSecondOfTwoNormalsWaitsUntilFewAreDrawnAgain() {
    TorchRandom apart = new TorchRandom(123);
    float[] first = apart.normal(3);
    float[] second = apart.normal(3);

    assertThat(new float[] {first[0], first[1], first[2], second[0], second[1], second[2]})
        .isEqualTo(new TorchRandom(123).normal(6));
  }

  @Test
  void normalsHaveMean0AndDeviation1() {
    float[] drawn = new TorchRandom(7).normal(1 << 16);

    double sum = 0;
    double squares = 0;
    for (float value : drawn) {
      sum += value;
      squares += (double) value * value;
    }
    assertThat(sum / drawn.length).isCloseTo(0, within(0.02));
    assertThat(squares / drawn.length).isCloseTo(1, within(0.02));
  }
}
