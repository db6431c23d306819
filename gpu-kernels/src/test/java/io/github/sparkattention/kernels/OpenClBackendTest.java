package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.kernels.opencl.OpenClBackend;
import io.github.sparkattention.kernels.opencl.RequiredDevice;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpenClBackendTest extends BackendContract {

  @BeforeAll
  static void requireDevice() {
    RequiredDevice.get();
  }

  @Override
  protected Backend open() {
    return OpenClBackend.open(RequiredDevice.SETTINGS);
  }

  @ParameterizedTest
  @MethodSource("golden")
  void givesTheBitsOfJavaThreadsForEachGoldenCase(GoldenCase golden) {
    float[] expected = new float[golden.expected().length];
    float[] actual = new float[golden.expected().length];
    try (Backend threads = new ThreadsBackend(2);
        Backend device = open()) {
      threads
          .prepare(Program.attention(golden.config()), golden.weights().tensors())
          .run(golden.sequences(), expected);
      device
          .prepare(Program.attention(golden.config()), golden.weights().tensors())
          .run(golden.sequences(), actual);
    }
    assertThat(actual).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void givesTheBitsOfJavaThreadsForRandomLayers(int round) {
    Random random = new Random(100 + round);
    AttentionConfig config = RandomLayers.config(random);
    AttentionWeights weights = RandomLayers.weights(config, random);
    float[][] sequences = RandomLayers.sequences(config, 30, 200, random);
    try (Backend threads = new ThreadsBackend(2);
        Backend device = open()) {
      assertThat(run(device.prepare(Program.attention(config), weights.tensors()), sequences))
          .as("%s, seed %d", config, 100 + round)
          .isEqualTo(run(threads.prepare(Program.attention(config), weights.tensors()), sequences));
    }
  }
}
