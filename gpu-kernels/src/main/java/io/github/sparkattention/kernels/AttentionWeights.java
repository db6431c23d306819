package io.github.sparkattention.kernels;

import java.io.Serializable;
import java.util.Objects;

/**
 * The weights of one attention layer.
 *
 * @param query W_query, [dOut, dIn]
 * @param key W_key, [numKvHeads · headDim, dIn]
 * @param value W_value, [numKvHeads · headDim, dIn]
 * @param out out_proj, [dOut, dOut], or null where there is no output projection
 */
public record AttentionWeights(Linear query, Linear key, Linear value, Linear out)
    implements Serializable {

  /**
   * Validates the components.
   *
   * @param query the component {@link #query}
   * @param key the component {@link #key}
   * @param value the component {@link #value}
   * @param out the component {@link #out}
   */
  public AttentionWeights {
    Objects.requireNonNull(query, "query");
    Objects.requireNonNull(key, "key");
    Objects.requireNonNull(value, "value");
  }

  /**
   * Draws the weights that PyTorch gives the layer after {@code torch.manual_seed(seed)}: {@code
   * nn.Linear} for W_query, W_key, W_value and, where there is one, out_proj, which has a bias.
   *
   * @param config the settings of the layer
   * @param seed the seed, as {@link TorchRandom#TorchRandom} takes it
   * @return the weights, the same bits as PyTorch's
   * @throws IllegalArgumentException if a weight is too large for an array
   */
  public static AttentionWeights seeded(AttentionConfig config, long seed) {
    TorchRandom random = new TorchRandom(seed);
    Linear query = random.linear(config.dIn(), config.dOut(), config.qkvBias());
    Linear key = random.linear(config.dIn(), config.kvWidth(), config.qkvBias());
    Linear value = random.linear(config.dIn(), config.kvWidth(), config.qkvBias());
    Linear out = config.outProjection() ? random.linear(config.dOut(), config.dOut(), true) : null;
    return new AttentionWeights(query, key, value, out);
  }

  /**
   * Checks the shapes against a configuration.
   *
   * @param config the settings of the layer
   * @throws IllegalArgumentException if a shape contradicts it; the message names both
   */
  public void check(AttentionConfig config) {
    check("W_query", query, config.dOut(), config.dIn());
    check("W_key", key, config.kvWidth(), config.dIn());
    check("W_value", value, config.kvWidth(), config.dIn());
    checkBias("W_query", query, config.qkvBias());
    checkBias("W_key", key, config.qkvBias());
    checkBias("W_value", value, config.qkvBias());
    if (config.outProjection() != (out != null)) {
      throw new IllegalArgumentException(
          String.format(
              "the configuration asks for %s output projection, but the weights have %s",
              config.outProjection() ? "an" : "no", out == null ? "none" : "one"));
    }
    if (out != null) {
      check("out_proj", out, config.dOut(), config.dOut());
    }
  }

  private static void check(String name, Linear linear, int outFeatures, int inFeatures) {
    if (linear.outFeatures() != outFeatures || linear.inFeatures() != inFeatures) {
      throw new IllegalArgumentException(
          String.format(
              "%s.weight must be [%d, %d] by the configuration, but is [%d, %d]",
              name, outFeatures, inFeatures, linear.outFeatures(), linear.inFeatures()));
    }
  }

  private static void checkBias(String name, Linear linear, boolean wanted) {
    if (linear.hasBias() != wanted) {
      throw new IllegalArgumentException(
          String.format(
              "the configuration asks for qkvBias=%s, but %s has %s",
              wanted, name, linear.hasBias() ? "a bias" : "no bias"));
    }
  }
}
