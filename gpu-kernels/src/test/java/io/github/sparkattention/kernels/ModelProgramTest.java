package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.kernels.backends.Backends;
import io.github.sparkattention.kernels.contract.ReferenceProgram;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One program that gives all that a caller may ask of a model. */
@Tag("any-loops")
class ModelProgramTest {
  private static final long SEED = 20;

  static Stream<RandomModel> models() {
    return RandomModel.all();
  }

  private static ModelOutputs everything(ModelConfig config, int hiddenLayer) {
    ModelOutputs outputs =
        ModelOutputs.VECTORS
            .withHiddenStates(hiddenLayer)
            .withAttentionWeights(config.layers() - 1);
    return config.head() == ModelConfig.Head.NONE
        ? outputs
        : outputs.withLogProbabilities().withNextIds(3);
  }

  private static float[][] run(Program program, Tensors tensors, PackedSequences batch) {
    try (Backend backend = Backends.threads(2);
        Prepared prepared = backend.prepare(program, tensors.only(program))) {
      float[][] arrays = arrays(program, batch);
      prepared.run(batch, Outputs.of(arrays), Dropout.NONE);
      return arrays;
    }
  }

  private static float[][] arrays(Program program, PackedSequences batch) {
    return program.outputs().stream()
        .map(output -> new float[(int) Outputs.length(program, output, batch)])
        .toArray(float[][]::new);
  }

  @ParameterizedTest
  @MethodSource("models")
  void oneProgramGivesTheBitsOfThoseThatGiveOneThingEach(RandomModel model) {
    ModelConfig config = model.config();
    for (int layer = 0; layer <= config.layers(); layer++) {
      ModelProgram all = config.program(everything(config, layer));
      Tensors tensors = RandomModel.tensors(all.program(), new Random(SEED));
      PackedSequences batch = model.batch(4, 40, new Random(SEED));
      float[][] arrays = run(all.program(), tensors, batch);
      assertThat(arrays[all.vectors()])
          .as("vectors beside layer %d", layer)
          .isEqualTo(run(config.vectors(), tensors, batch)[0]);
      if (config.head() != ModelConfig.Head.NONE) {
        assertThat(arrays[all.logProbability()])
            .isEqualTo(run(config.scores(0, Step.Score.Rows.EACH_TOKEN), tensors, batch)[0]);
        float[][] next = run(config.scores(3, Step.Score.Rows.LAST_TOKEN), tensors, batch);
        assertThat(arrays[all.topIds()]).isEqualTo(next[1]);
        assertThat(arrays[all.topLogProbabilities()]).isEqualTo(next[2]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void hiddenStatesAreThoseOfAModelThatEndsThere(RandomModel model) {
    ModelConfig config = model.config();
    for (int layer = 0; layer <= config.layers(); layer++) {
      ModelProgram all = config.program(ModelOutputs.VECTORS.withHiddenStates(layer));
      Tensors tensors = RandomModel.tensors(all.program(), new Random(SEED));
      PackedSequences batch = model.batch(3, 12, new Random(SEED));
      float[][] expected = arrays(all.program(), batch);
      new ReferenceProgram(all.program(), tensors).run(batch, Outputs.of(expected), Dropout.NONE);
      float[] found = run(all.program(), tensors, batch)[all.hiddenStates()];
      for (int i = 0; i < found.length; i++) {
        assertThat(found[i])
            .as("layer %d, value %d", layer, i)
            .isCloseTo(
                expected[all.hiddenStates()][i],
                org.assertj.core.data.Offset.offset(1e-3f * (1 + Math.abs(found[i]))));
      }
      // What the first blocks of an encoder leave are the vectors of a model of these blocks alone.
      if (layer > 0 && config.placement() == ModelConfig.Placement.AFTER) {
        Program shorter = withLayers(config, layer).vectors();
        assertThat(found).isEqualTo(run(shorter, tensors, batch)[0]);
      }
    }
  }

  private static ModelConfig withLayers(ModelConfig c, int layers) {
    return new ModelConfig(
        c.vocabulary(),
        c.width(),
        layers,
        c.heads(),
        c.hidden(),
        c.activation(),
        c.gated(),
        c.norm(),
        c.placement(),
        c.positions(),
        c.types(),
        c.rotary(),
        c.contextLength(),
        c.qkvBias(),
        c.outBias(),
        c.mlpBias(),
        c.head());
  }

  @Test
  void theLastHiddenStatesAreTheVectorsThemselves() {
    ModelConfig config = RandomModel.all().findFirst().orElseThrow().config();
    ModelProgram program = config.program(ModelOutputs.VECTORS.withHiddenStates(config.layers()));
    assertThat(program.hiddenStates()).isEqualTo(program.vectors());
    assertThat(program.program()).isEqualTo(config.vectors());
  }

  @Test
  void whatIsNotThereIsRefusedInOneSentence() {
    ModelConfig book = ModelConfig.book(20, 8, 8, 2, 3, false);
    assertThatThrownBy(() -> book.program(ModelOutputs.VECTORS.withHiddenStates(4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("hidden states must be those of a layer from 0 to 3, but are asked for of 4");
    assertThatThrownBy(() -> book.program(ModelOutputs.VECTORS.withAttentionWeights(3)))
        .hasMessage(
            "attention weights must be those of a layer from 0 to 2, but are asked for of 3");
    assertThatThrownBy(() -> ModelOutputs.VECTORS.withNextIds(65))
        .hasMessage("top must be from 0 to 64, but is 65");
    assertThatThrownBy(() -> ModelOutputs.VECTORS.withHiddenStates(-2))
        .hasMessage(
            "layers must be at least 0, but are -2 (hidden states) and -1 (attention weights)");
    ModelConfig encoder =
        RandomModel.all()
            .map(RandomModel::config)
            .filter(config -> config.head() == ModelConfig.Head.NONE)
            .findFirst()
            .orElseThrow();
    assertThatThrownBy(() -> encoder.program(ModelOutputs.VECTORS.withLogProbabilities()))
        .hasMessage("the model has no head, so it scores no ids");
  }

  @Test
  void scoresThatNobodyWantsChangeNothing() {
    ModelConfig book = ModelConfig.book(30, 16, 8, 2, 2, true);
    ModelProgram all = book.program(ModelOutputs.VECTORS.withLogProbabilities().withNextIds(2));
    Tensors tensors = RandomModel.tensors(all.program(), new Random(SEED));
    PackedSequences batch = PackedSequences.packIds(new int[] {1, 2, 3}, new int[] {4});
    float[][] wanted = run(all.program(), tensors, batch);
    try (Backend backend = Backends.threads(2);
        Prepared prepared = backend.prepare(all.program(), tensors)) {
      float[][] pruned = arrays(all.program(), batch);
      float[] vectors = pruned[all.vectors()];
      Arrays.fill(pruned, null);
      pruned[all.vectors()] = vectors;
      prepared.run(batch, Outputs.of(pruned), Dropout.NONE);
      assertThat(vectors).isEqualTo(wanted[all.vectors()]);
      float[] probabilities = new float[batch.total()];
      pruned[all.logProbability()] = probabilities;
      prepared.run(batch, Outputs.of(pruned), Dropout.NONE);
      assertThat(probabilities).isEqualTo(wanted[all.logProbability()]);
    }
  }
}
