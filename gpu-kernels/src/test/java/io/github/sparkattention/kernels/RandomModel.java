package io.github.sparkattention.kernels;

import java.util.Random;
import java.util.stream.Stream;

/**
 * Small models of each architecture, with seeded random weights, for the parity tests.
 *
 * @param name what it is like
 * @param config its settings
 * @param digest SHA-256 of the vectors that seeded weights and ids give, which no release changes
 */
public record RandomModel(String name, ModelConfig config, String digest) {
  private static final Norm LAYER_NORM = new Norm(Norm.Kind.LAYER, 1e-5f);
  private static final Norm RMS_NORM = new Norm(Norm.Kind.RMS, 1e-6f);

  /** One model of each architecture that checkpoints come in. */
  public static Stream<RandomModel> all() {
    return Stream.of(
        new RandomModel(
            "the book's",
            model(48, heads(4, 4, 12, true, 0), Activation.GELU_TANH, false, LAYER_NORM)
                .with(ModelConfig.Placement.BEFORE, 130, 0, null, 130)
                .with(false, true, true, ModelConfig.Head.OWN)
                .build(),
            "44bd548f9c0140990c4c19ba985ff9bc57a5c50c12d6c5d3bc0636f739057b7b"),
        new RandomModel(
            "GPT-2",
            model(40, heads(5, 5, 8, true, 0), Activation.GELU_TANH, false, LAYER_NORM)
                .with(ModelConfig.Placement.BEFORE, 128, 0, null, 128)
                .with(true, true, true, ModelConfig.Head.TIED)
                .build(),
            "0ffe1299f0df4071320934a9117009d007fc941d40442ed1b04f7af437c02bb8"),
        new RandomModel(
            "BERT",
            model(
                    36,
                    heads(3, 3, 12, false, 0),
                    Activation.GELU_ERF,
                    false,
                    new Norm(Norm.Kind.LAYER, 1e-12f))
                .with(ModelConfig.Placement.AFTER, 160, 2, null, 160)
                .with(true, true, true, ModelConfig.Head.NONE)
                .build(),
            "004279f6571fdac8c3c3ba02b05819d58e52c18f628991e6f62318be0c132f06"),
        new RandomModel(
            "Llama",
            model(64, heads(8, 2, 8, true, 0), Activation.SILU, true, RMS_NORM)
                .with(
                    ModelConfig.Placement.BEFORE,
                    0,
                    0,
                    new Rotary(8, 500_000, new Rotary.Scaling(8, 1, 4, 64)),
                    0)
                .with(false, false, false, ModelConfig.Head.OWN)
                .build(),
            "504367b062fc5e9d6d9ad1bb36b8a2aae94ca1978210bf63198049ee805360ff"),
        new RandomModel(
            "Mistral",
            model(44, heads(4, 2, 10, true, 33), Activation.SILU, true, RMS_NORM)
                .with(ModelConfig.Placement.BEFORE, 0, 0, new Rotary(10, 10_000, null), 300)
                .with(false, false, false, ModelConfig.Head.OWN)
                .build(),
            "007291652d9c9d52cc6f05313c5d8b20ef9bc85b58f5badbe833b06c98fffbc3"),
        new RandomModel(
            "Qwen2",
            model(56, heads(7, 1, 8, true, 0), Activation.SILU, true, RMS_NORM)
                .with(ModelConfig.Placement.BEFORE, 0, 0, new Rotary(8, 1_000_000, null), 300)
                .with(true, false, false, ModelConfig.Head.TIED)
                .build(),
            "6fff6a9fec4716fdacbd2b229fd3f775bcde184fc499c957885bddf394fb942f"));
  }

  /** Weights that keep activations near 1. */
  public static Tensors tensors(Program program, Random random) {
    Tensors.Builder tensors = Tensors.builder();
    program
        .tensors()
        .forEach(
            (name, shape) -> {
              int count = (int) shape.size();
              float[] values;
              if (name.contains("norm") && name.endsWith(".weight")) {
                values = RandomLayers.floats(count, 0.2f, random);
                for (int i = 0; i < count; i++) {
                  values[i] += 1f;
                }
              } else if (shape.isVector()) {
                values = RandomLayers.floats(count, 0.2f, random);
              } else {
                float spread = name.startsWith("blocks.") ? (float) Math.sqrt(shape.columns()) : 1;
                values = RandomLayers.floats(count, 1 / spread, random);
              }
              tensors.add(name, values, shape);
            });
    return tensors.build();
  }

  /** Sequences of ids of any lengths. */
  public PackedSequences batch(int count, int longest, Random random) {
    int most = config.contextLength() == 0 ? longest : config.contextLength();
    int[][] sequences = new int[count][];
    for (int s = 0; s < count; s++) {
      int length = random.nextInt(6) == 0 ? 0 : random.nextInt(Math.min(longest, most) + 1);
      sequences[s] = random.ints(length, 0, config.vocabulary()).toArray();
    }
    return PackedSequences.packIds(sequences);
  }

  @Override
  public String toString() {
    return name;
  }

  private static Heads heads(
      int numHeads, int numKvHeads, int headDim, boolean causal, int window) {
    float scale = (float) (1 / Math.sqrt(headDim));
    return new Heads(headDim, numHeads, numKvHeads, causal, scale, window, 0, 0);
  }

  private static Unfinished model(
      int width, Heads heads, Activation activation, boolean gated, Norm norm) {
    return new Unfinished(width, heads, activation, gated, norm);
  }

  /** Collects the settings of a model. */
  private static final class Unfinished {
    private final int width;
    private final Heads heads;
    private final Activation activation;
    private final boolean gated;
    private final Norm norm;
    private ModelConfig.Placement placement;
    private int positions;
    private int types;
    private Rotary rotary;
    private int contextLength;
    private boolean qkvBias;
    private boolean outBias;
    private boolean mlpBias;
    private ModelConfig.Head head;

    Unfinished(int width, Heads heads, Activation activation, boolean gated, Norm norm) {
      this.width = width;
      this.heads = heads;
      this.activation = activation;
      this.gated = gated;
      this.norm = norm;
    }

    Unfinished with(
        ModelConfig.Placement placement,
        int positions,
        int types,
        Rotary rotary,
        int contextLength) {
      this.placement = placement;
      this.positions = positions;
      this.types = types;
      this.rotary = rotary;
      this.contextLength = contextLength;
      return this;
    }

    Unfinished with(boolean qkvBias, boolean outBias, boolean mlpBias, ModelConfig.Head head) {
      this.qkvBias = qkvBias;
      this.outBias = outBias;
      this.mlpBias = mlpBias;
      this.head = head;
      return this;
    }

    ModelConfig build() {
      return new ModelConfig(
          8_500,
          width,
          2,
          heads,
          2 * width + 6,
          activation,
          gated,
          norm,
          placement,
          positions,
          types,
          rotary,
          contextLength,
          qkvBias,
          outBias,
          mlpBias,
          head);
    }
  }
}
