package io.github.sparkattention.kernels.contract;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.Norm;
import io.github.sparkattention.kernels.Tensors;
import java.util.Arrays;

/** Weights that a seed draws, those that PyTorch draws; {@link TorchRandom} says how exactly. */
public final class SeededWeights {
  private SeededWeights() {}

  /**
   * Draws the weights that PyTorch gives an attention layer after {@code torch.manual_seed(seed)}:
   * {@code nn.Linear} for W_query, W_key, W_value and, where there is one, out_proj, which has a
   * bias.
   *
   * @param config the settings of the layer
   * @param seed the seed, as {@link TorchRandom#TorchRandom} takes it
   * @return the weights
   * @throws IllegalArgumentException if a weight is too large for an array
   */
  public static AttentionWeights attention(AttentionConfig config, long seed) {
    TorchRandom random = new TorchRandom(seed);
    Linear query = random.linear(config.dIn(), config.dOut(), config.qkvBias());
    Linear key = random.linear(config.dIn(), config.kvWidth(), config.qkvBias());
    Linear value = random.linear(config.dIn(), config.kvWidth(), config.qkvBias());
    Linear out = config.outProjection() ? random.linear(config.dOut(), config.dOut(), true) : null;
    return new AttentionWeights(query, key, value, out);
  }

  /**
   * Draws the weights that PyTorch gives the book's GPTModel after {@code torch.manual_seed(seed)}:
   * {@code nn.Embedding} for ids and positions, then {@code nn.Linear} for W_query, W_key, W_value,
   * out_proj and the two maps of the MLP of each block, and at last for out_head, which has no
   * bias. Norms draw nothing: their gains are 1, their shifts 0.
   *
   * @param config a model of the form of {@link ModelConfig#book}
   * @param seed the seed, as {@link TorchRandom#TorchRandom} takes it
   * @return the tensors, by the names of {@link ModelConfig}
   * @throws IllegalArgumentException if the model is of another form, or a tensor is too large for
   *     an array
   */
  public static Tensors gpt(ModelConfig config, long seed) {
    ModelConfig book =
        ModelConfig.book(
            config.vocabulary(),
            config.contextLength(),
            config.width(),
            config.heads().numHeads(),
            config.layers(),
            config.qkvBias());
    if (!config.equals(book)) {
      throw new IllegalArgumentException(
          String.format(
              "a seed draws weights of the book's GPTModel, so the model must be %s, but is %s",
              book, config));
    }
    TorchRandom random = new TorchRandom(seed);
    Tensors.Builder tensors = Tensors.builder();
    int width = config.width();
    embedding(tensors, ModelConfig.TOKENS, random, config.vocabulary(), width);
    embedding(tensors, ModelConfig.POSITIONS, random, config.positions(), width);
    for (int block = 0; block < config.layers(); block++) {
      for (String name : new String[] {"query", "key", "value"}) {
        Linear drawn = random.linear(width, width, config.qkvBias());
        tensors.linear(ModelConfig.inBlock(block, name), drawn);
      }
      tensors.linear(ModelConfig.inBlock(block, "out"), random.linear(width, width, true));
      tensors.linear(ModelConfig.inBlock(block, "up"), random.linear(width, config.hidden(), true));
      tensors.linear(
          ModelConfig.inBlock(block, "down"), random.linear(config.hidden(), width, true));
      norm(tensors, ModelConfig.inBlock(block, "attention_norm"), config.norm(), width);
      norm(tensors, ModelConfig.inBlock(block, "mlp_norm"), config.norm(), width);
    }
    norm(tensors, ModelConfig.FINAL_NORM, config.norm(), width);
    return tensors
        .linear(ModelConfig.HEAD, random.linear(width, config.vocabulary(), false))
        .build();
  }

  private static void embedding(
      Tensors.Builder tensors, String name, TorchRandom random, int rows, int width) {
    if ((long) rows * width > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          String.format(
              "the table '%s' must have at most %d values, but is [%d, %d]",
              name, Integer.MAX_VALUE, rows, width));
    }
    tensors.matrix(name + ".weight", random.normal(rows * width), rows, width);
  }

  private static void norm(Tensors.Builder tensors, String name, Norm norm, int width) {
    float[] gain = new float[width];
    Arrays.fill(gain, 1);
    tensors.vector(name + ".weight", gain);
    if (norm.hasShift()) {
      tensors.vector(name + ".bias", new float[width]);
    }
  }
}
