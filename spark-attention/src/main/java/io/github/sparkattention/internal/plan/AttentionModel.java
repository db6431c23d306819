package io.github.sparkattention.internal.plan;

import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.weights.LayerWeights;

/** A stage as plans see it: what the operator needs to compute its results. */
public interface AttentionModel {
  /**
   * The stage's settings.
   *
   * @return the settings, as the params are now
   * @throws IllegalArgumentException if the params don't make a layer
   */
  AttentionSpec spec();

  /**
   * The stage's settings with a layer that {@link #layer} has given before.
   *
   * @param layer the layer
   * @return the settings, as the params are now, and those of the layer
   */
  AttentionSpec spec(LayerWeights layer);

  /**
   * The stage's layer.
   *
   * @return the settings of the layer and its weights, which equal stages of equal params share;
   *     another one than before if the params or the file of the weights have changed
   * @throws IllegalArgumentException if there are no weights, or they contradict the params
   */
  LayerWeights layer();
}
