package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.kernels.opencl.OpenClBackend;
import io.github.sparkattention.kernels.opencl.RequiredDevice;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Sizes just below, at and above those of the device code: 16 steps of a product, 48 keys, tiles of
 * 64. Work that no whole number of groups covers must not be left out, and none be done twice.
 */
class OpenClSizesTest {
  private static final int[] SIZES = {
    1, 8, 15, 16, 17, 24, 25, 47, 48, 49, 63, 64, 65, 127, 128, 129
  };

  private static Backend device;
  private static Backend threads;

  @BeforeAll
  static void open() {
    RequiredDevice.get();
    device = OpenClBackend.open(RequiredDevice.SETTINGS);
    threads = new ThreadsBackend(2);
  }

  @AfterAll
  static void close() {
    if (device != null) {
      device.close();
      threads.close();
    }
  }

  static IntStream sizes() {
    return IntStream.of(SIZES);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void anyNumberOfTokensGivesTheBitsOfJavaThreads(int tokens) {
    AttentionConfig config =
        AttentionConfig.builder(21, 57).numHeads(3).outProjection(true).build();
    assertSameBits(config, tokens);
    assertSameBits(config, tokens, tokens, 1, tokens);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void anyHeadDimGivesTheBitsOfJavaThreads(int headDim) {
    assertSameBits(AttentionConfig.builder(20, headDim).build(), SIZES);
    assertSameBits(
        AttentionConfig.builder(20, 3 * headDim).numHeads(3).causal(false).build(), 1, 49, 66);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void anyEmbeddingWidthGivesTheBitsOfJavaThreads(int dIn) {
    assertSameBits(
        AttentionConfig.builder(dIn, 30).numHeads(6).numKvHeads(2).qkvBias(true).build(),
        1,
        47,
        65,
        130);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void anyWindowGivesTheBitsOfJavaThreads(int window) {
    assertSameBits(AttentionConfig.builder(8, 10).slidingWindow(window).build(), SIZES);
    assertSameBits(
        AttentionConfig.builder(8, 10).slidingWindow(window).causal(false).build(), SIZES);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void anyNumberOfHeadsGivesTheBitsOfJavaThreads(int heads) {
    assertSameBits(
        AttentionConfig.builder(9, 5 * heads).numHeads(heads).outProjection(true).build(), 1, 50);
  }

  private static void assertSameBits(AttentionConfig config, int... lengths) {
    Random random = new Random(31);
    AttentionWeights weights = RandomLayers.weights(config, random);
    float[][] sequences = new float[lengths.length][];
    for (int s = 0; s < lengths.length; s++) {
      sequences[s] = RandomLayers.floats(lengths[s] * config.dIn(), 1, random);
    }
    try (Prepared onDevice = device.prepare(Program.attention(config), weights.tensors());
        Prepared onThreads = threads.prepare(Program.attention(config), weights.tensors())) {
      PackedSequences batch = PackedSequences.pack(sequences, config.dIn());
      float[][] actual = run(onDevice, batch);
      float[][] expected = run(onThreads, batch);
      assertThat(actual[0]).as("context, %s, lengths %s", config, lengths).isEqualTo(expected[0]);
      assertThat(actual[1]).as("weights, %s, lengths %s", config, lengths).isEqualTo(expected[1]);
    }
  }

  private static float[][] run(Prepared layer, PackedSequences batch) {
    Heads heads = layer.program().attend(1).heads();
    float[] context = new float[batch.total() * layer.program().outputWidth()];
    float[] weights = new float[(int) Outputs.weightsLength(batch, heads.numHeads())];
    layer.run(batch, Outputs.of(context, weights), Dropout.NONE);
    return new float[][] {context, weights};
  }
}
