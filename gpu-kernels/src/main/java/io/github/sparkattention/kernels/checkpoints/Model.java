package io.github.sparkattention.kernels.checkpoints;

import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.Pooling;
import io.github.sparkattention.kernels.Tensors;
import java.util.Objects;

/**
 * A model with its weights.
 *
 * @param config what is computed
 * @param tensors the weights, by the names of {@link ModelConfig}; all, or those that were asked
 *     for
 * @param pooling how the vectors of a sequence become one; null where the model doesn't say
 * @param normalize whether that vector is divided by its length
 */
public record Model(ModelConfig config, Tensors tensors, Pooling pooling, boolean normalize) {

  /**
   * Validates the components.
   *
   * @param config the component {@link #config}
   * @param tensors the component {@link #tensors}
   * @param pooling the component {@link #pooling}
   * @param normalize the component {@link #normalize}
   * @throws IllegalArgumentException if vectors are normalized that are not pooled
   */
  public Model {
    Objects.requireNonNull(config, "config");
    Objects.requireNonNull(tensors, "tensors");
    if (normalize && pooling == null) {
      throw new IllegalArgumentException(
          "a model that normalizes its vectors must pool them, but has no pooling");
    }
  }
}
