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
  /** Name of the query map in the book's state dict. */
  public static final String QUERY = "W_query";

  /** Name of the key map. */
  public static final String KEY = "W_key";

  /** Name of the value map. */
  public static final String VALUE = "W_value";

  /** Name of the output projection. */
  public static final String OUT = "out_proj";

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
   * The weights as {@link Program#attention} asks for them.
   *
   * @return the tensors, over the same arrays
   */
  public Tensors tensors() {
    Tensors.Builder tensors =
        Tensors.builder().linear(QUERY, query).linear(KEY, key).linear(VALUE, value);
    return (out == null ? tensors : tensors.linear(OUT, out)).build();
  }

  /**
   * Checks the shapes against a configuration.
   *
   * @param config the settings of the layer
   * @throws IllegalArgumentException if a shape contradicts it; the message names both
   */
  public void check(AttentionConfig config) {
    check(QUERY, query, config.dOut(), config.dIn());
    check(KEY, key, config.kvWidth(), config.dIn());
    check(VALUE, value, config.kvWidth(), config.dIn());
    checkBias(QUERY, query, config.qkvBias());
    checkBias(KEY, key, config.qkvBias());
    checkBias(VALUE, value, config.qkvBias());
    if (config.outProjection() != (out != null)) {
      throw new IllegalArgumentException(
          String.format(
              "the configuration asks for %s output projection, but the weights have %s",
              config.outProjection() ? "an" : "no", out == null ? "none" : "one"));
    }
    if (out != null) {
      check(OUT, out, config.dOut(), config.dOut());
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
