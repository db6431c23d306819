package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

class TensorsTest {
  private static final AttentionConfig CONFIG =
      AttentionConfig.builder(3, 4).numHeads(2).outProjection(true).build();

  private static final AttentionWeights WEIGHTS = RandomLayers.weights(CONFIG, new Random(1));

  @Test
  void weightsThatContradictTheConfigurationAreRefused() {
    AttentionConfig.Builder plain = AttentionConfig.builder(3, 4).numHeads(2);
    assertThatThrownBy(() -> WEIGHTS.check(plain.build()))
        .hasMessage("the configuration asks for no output projection, but the weights have one");
    AttentionConfig.Builder projected = plain.outProjection(true);
    assertThatThrownBy(() -> WEIGHTS.check(projected.qkvBias(true).build()))
        .hasMessage("the configuration asks for qkvBias=true, but W_query has no bias");
    assertThatThrownBy(() -> WEIGHTS.check(projected.qkvBias(false).numKvHeads(1).build()))
        .hasMessage("W_key.weight must be [2, 3] by the configuration, but is [4, 3]");
  }

  @Test
  void tensorsThatAProgramDoesNotAskForAreRefusedByName() {
    Program program = Program.attention(CONFIG);
    Tensors.Builder lacking =
        Tensors.builder().linear("W_query", WEIGHTS.query()).linear("W_key", WEIGHTS.key());
    assertThatThrownBy(() -> lacking.build().check(program))
        .hasMessage(
            "the tensor 'W_value.weight' must be there, but there are [W_key.weight,"
                + " W_query.weight]");
    lacking.linear("W_value", WEIGHTS.value()).linear("out_proj", WEIGHTS.out());
    lacking.build().check(program);
    assertThatThrownBy(() -> lacking.vector("mask", new float[2]).build().check(program))
        .hasMessage("the program has no use for the tensor 'mask'");
    assertThatThrownBy(() -> lacking.vector("mask", new float[2]))
        .hasMessage("there are two tensors 'mask'");
    assertThatThrownBy(() -> Tensors.builder().matrix("m", new float[5], 2, 3))
        .hasMessage("the tensor 'm' [2, 3] needs 6 values, but has 5");
    Tensors.Builder narrow =
        Tensors.builder()
            .linear("W_query", WEIGHTS.query())
            .linear("W_key", WEIGHTS.key())
            .linear("W_value", WEIGHTS.value())
            .matrix("out_proj.weight", new float[16], 4, 4)
            .vector("out_proj.bias", new float[3]);
    assertThatThrownBy(() -> narrow.build().check(program))
        .hasMessage("out_proj.bias must be [4] by the configuration, but is [3]");
  }

  @Test
  void aFingerprintTellsProgramsAndWeightsApart() {
    Program program = Program.attention(CONFIG);
    String fingerprint = WEIGHTS.tensors().fingerprint(program);
    assertThat(RandomLayers.weights(CONFIG, new Random(1)).tensors().fingerprint(program))
        .isEqualTo(fingerprint);
    assertThat(RandomLayers.weights(CONFIG, new Random(2)).tensors().fingerprint(program))
        .isNotEqualTo(fingerprint);
    AttentionConfig other =
        AttentionConfig.builder(3, 4).numHeads(2).outProjection(true).causal(false).build();
    assertThat(WEIGHTS.tensors().fingerprint(Program.attention(other))).isNotEqualTo(fingerprint);
    assertThat(WEIGHTS.tensors().bytes()).isEqualTo(4 * (3 * 12 + 16 + 4));
  }
}
