package io.github.sparkattention.kernels.contract;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Linear;

/** Weights that a seed draws, the same bits as PyTorch's. */
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
}
