package io.github.sparkattention.kernels;

import io.github.sparkattention.kernels.Step.Score;
import java.io.Serializable;

/**
 * What a program of a model is to hand over besides the vector of each token, which it always does.
 *
 * @param hiddenLayer the layer whose hidden states are asked for, as the transformers library
 *     numbers them: 0 is after the embeddings and their norm, N is after block N, and the last one
 *     is the vectors themselves; {@link #NONE} if none are
 * @param attentionLayer the block whose attention weights are asked for, from 0; {@link #NONE} if
 *     none are
 * @param logProbabilities whether the log-probability of each next id is asked for
 * @param top how many of the most probable ids after the last token are asked for; 0 if none are
 */
public record ModelOutputs(int hiddenLayer, int attentionLayer, boolean logProbabilities, int top)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** In place of a layer. */
  public static final int NONE = -1;

  /** The vectors, and nothing besides. */
  public static final ModelOutputs VECTORS = new ModelOutputs(NONE, NONE, false, 0);

  /**
   * Validates the components, as far as no model is needed for it.
   *
   * @param hiddenLayer the component {@link #hiddenLayer}
   * @param attentionLayer the component {@link #attentionLayer}
   * @param logProbabilities the component {@link #logProbabilities}
   * @param top the component {@link #top}
   * @throws IllegalArgumentException if one is out of range; the message names it
   */
  public ModelOutputs {
    if (hiddenLayer < NONE || attentionLayer < NONE) {
      throw new IllegalArgumentException(
          String.format(
              "layers must be at least 0, but are %d (hidden states) and %d (attention weights)",
              hiddenLayer, attentionLayer));
    }
    if (top < 0 || top > Score.MOST_TOP) {
      throw new IllegalArgumentException(
          String.format("top must be from 0 to %d, but is %d", Score.MOST_TOP, top));
    }
  }

  /**
   * These, and hidden states.
   *
   * @param layer the component {@link #hiddenLayer}
   * @return the outputs
   */
  public ModelOutputs withHiddenStates(int layer) {
    return new ModelOutputs(layer, attentionLayer, logProbabilities, top);
  }

  /**
   * These, and attention weights.
   *
   * @param layer the component {@link #attentionLayer}
   * @return the outputs
   */
  public ModelOutputs withAttentionWeights(int layer) {
    return new ModelOutputs(hiddenLayer, layer, logProbabilities, top);
  }

  /**
   * These, and the log-probability of each next id.
   *
   * @return the outputs
   */
  public ModelOutputs withLogProbabilities() {
    return new ModelOutputs(hiddenLayer, attentionLayer, true, top);
  }

  /**
   * These, and the most probable ids after the last token.
   *
   * @param count the component {@link #top}
   * @return the outputs
   */
  public ModelOutputs withNextIds(int count) {
    return new ModelOutputs(hiddenLayer, attentionLayer, logProbabilities, count);
  }

  /** Whether ids are scored. */
  boolean scores() {
    return logProbabilities || top > 0;
  }
}
