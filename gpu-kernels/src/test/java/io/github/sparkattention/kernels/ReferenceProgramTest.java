package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sparkattention.kernels.contract.ReferenceProgram;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReferenceProgramTest {
  static Stream<GoldenCase> golden() {
    return GoldenCase.all();
  }

  @ParameterizedTest
  @MethodSource("golden")
  void agreesWithPyTorchInFloat64(GoldenCase golden) {
    PackedSequences batch = golden.sequences();
    float[] context = new float[golden.expected().length];
    float[] weights = new float[(int) Outputs.weightsLength(batch, golden.config().numHeads())];
    new ReferenceProgram(Program.attention(golden.config()), golden.weights().tensors())
        .run(batch, Outputs.of(context, weights), Dropout.NONE);
    Rows.assertClose(context, golden.expected(), golden.config().dOut(), 1e-6);
    if (golden.expectedWeights() != null) {
      for (int i = 0; i < weights.length; i++) {
        assertThat(weights[i]).isCloseTo(golden.expectedWeights()[i], within(1e-6f));
      }
    }
  }

  @Test
  void dropsAndScalesTheSameWeightsAsABackend() {
    AttentionConfig config =
        AttentionConfig.builder(12, 12).numHeads(2).dropout(0.4f).causal(false).build();
    AttentionWeights weights = RandomLayers.weights(config, new Random(5));
    PackedSequences batch =
        PackedSequences.pack(RandomLayers.sequences(config, 4, 60, new Random(5)), 12);
    Dropout dropout = Dropout.byContents(3, batch);
    float[] expected = new float[batch.total() * 12];
    float[] actual = new float[batch.total() * 12];
    float[] dropped = new float[(int) Outputs.weightsLength(batch, 2)];
    new ReferenceProgram(Program.attention(config), weights.tensors())
        .run(batch, Outputs.of(expected, dropped), dropout);
    try (Backend backend = new ThreadsBackend(2)) {
      backend
          .prepare(Program.attention(config), weights.tensors())
          .run(batch, Outputs.of(actual), dropout);
    }
    Rows.assertClose(actual, expected, 12, 2e-5);
    int zeros = 0;
    for (float weight : dropped) {
      zeros += weight == 0 ? 1 : 0;
    }
    assertThat((double) zeros / dropped.length).isCloseTo(0.4, within(0.03));
  }
}
