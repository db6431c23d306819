package io.github.sparkattention.kernels;

import java.io.Serializable;

/**
 * The settings of one attention layer, validated as a whole.
 *
 * <p>A layer maps each sequence of shape [n, dIn] to [n, {@link #dOut()}]: per query head it
 * computes softmax(Q Kᵀ · scale) V over the keys that the mask shows.
 *
 * @param dIn width of a token embedding, at least 1
 * @param headDim width of one head, at least 1; {@code dOut = numHeads · headDim}
 * @param numHeads number of query heads, at least 1
 * @param numKvHeads number of key and value heads, a divisor of {@code numHeads}; query head {@code
 *     h} reads key head {@code h / (numHeads / numKvHeads)}
 * @param contextLength longest sequence that is accepted, in tokens; 0 means no limit
 * @param causal whether token i sees only the tokens 0..i
 * @param qkvBias whether the query, key and value projections have a bias
 * @param outProjection whether the heads' joined outputs go through an output projection [dOut,
 *     dOut]
 * @param scale factor on the scores, from {@link Heads#LEAST_FACTOR} to {@link Heads#MOST_FACTOR}
 * @param slidingWindow window w: causal, token i sees i-w+1..i; otherwise |i-j| &lt; w; 0 means no
 *     window
 * @param softcap soft cap c: scaled scores become c·tanh(s/c) before the mask, with c in the range
 *     of the scale; 0 means no cap
 * @param dropout probability in [0, 1) with which an attention weight is dropped in training
 */
public record AttentionConfig(
    int dIn,
    int headDim,
    int numHeads,
    int numKvHeads,
    int contextLength,
    boolean causal,
    boolean qkvBias,
    boolean outProjection,
    float scale,
    int slidingWindow,
    float softcap,
    float dropout)
    implements Serializable {
  /**
   * Validates the components.
   *
   * @param dIn the component {@link #dIn}
   * @param headDim the component {@link #headDim}
   * @param numHeads the component {@link #numHeads}
   * @param numKvHeads the component {@link #numKvHeads}
   * @param contextLength the component {@link #contextLength}
   * @param causal the component {@link #causal}
   * @param qkvBias the component {@link #qkvBias}
   * @param outProjection the component {@link #outProjection}
   * @param scale the component {@link #scale}
   * @param slidingWindow the component {@link #slidingWindow}
   * @param softcap the component {@link #softcap}
   * @param dropout the component {@link #dropout}
   * @throws IllegalArgumentException if one is out of range; the message names it
   */
  public AttentionConfig {
    atLeast("dIn", dIn, 1);
    atLeast("contextLength", contextLength, 0);
    // Refuses what heads can't be.
    new Heads(headDim, numHeads, numKvHeads, causal, scale, slidingWindow, softcap, dropout);
  }

  /**
   * Starts a causal, single-head configuration without biases.
   *
   * @param dIn width of a token embedding
   * @param dOut width of a context vector; {@code numHeads} must divide it
   * @return a builder with the chapter's defaults
   */
  public static Builder builder(int dIn, int dOut) {
    return new Builder(dIn, dOut);
  }

  /**
   * The width of a context vector.
   *
   * @return {@code numHeads · headDim}
   */
  public int dOut() {
    return numHeads * headDim;
  }

  /**
   * The width of the key and of the value projection.
   *
   * @return {@code numKvHeads · headDim}
   */
  public int kvWidth() {
    return numKvHeads * headDim;
  }

  /**
   * How the layer's heads attend.
   *
   * @return the settings of the attention step
   */
  public Heads heads() {
    return new Heads(headDim, numHeads, numKvHeads, causal, scale, slidingWindow, softcap, dropout);
  }

  private static void atLeast(String name, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " must be at least " + least + ", but is " + value);
    }
  }

  /** Collects the settings of an {@link AttentionConfig}; each call returns this builder. */
  public static final class Builder {
    private final int dIn;
    private final int dOut;
    private int numHeads = 1;
    private int numKvHeads;
    private int contextLength;
    private boolean causal = true;
    private boolean qkvBias;
    private boolean outProjection;
    private float scale;
    private int slidingWindow;
    private float softcap;
    private float dropout;

    private Builder(int dIn, int dOut) {
      this.dIn = dIn;
      this.dOut = dOut;
    }

    /**
     * Sets the number of query heads, 1 unless given.
     *
     * @param value a divisor of dOut
     * @return this builder
     */
    public Builder numHeads(int value) {
      numHeads = value;
      return this;
    }

    /**
     * Sets the number of key and value heads.
     *
     * @param value a divisor of numHeads, or 0 for as many as there are query heads
     * @return this builder
     */
    public Builder numKvHeads(int value) {
      numKvHeads = value;
      return this;
    }

    /**
     * Sets the longest sequence that is accepted.
     *
     * @param value a number of tokens, or 0 for no limit
     * @return this builder
     */
    public Builder contextLength(int value) {
      contextLength = value;
      return this;
    }

    /**
     * Sets whether later tokens are hidden, true unless given.
     *
     * @param value whether token i sees only the tokens 0..i
     * @return this builder
     */
    public Builder causal(boolean value) {
      causal = value;
      return this;
    }

    /**
     * Sets whether query, key and value projections have a bias.
     *
     * @param value whether they do
     * @return this builder
     */
    public Builder qkvBias(boolean value) {
      qkvBias = value;
      return this;
    }

    /**
     * Sets whether an output projection joins the heads.
     *
     * @param value whether it does
     * @return this builder
     */
    public Builder outProjection(boolean value) {
      outProjection = value;
      return this;
    }

    /**
     * Sets the factor on the scores.
     *
     * @param value a factor from {@link Heads#LEAST_FACTOR} to {@link Heads#MOST_FACTOR}, or 0 for
     *     1/sqrt(headDim)
     * @return this builder
     */
    public Builder scale(float value) {
      scale = value;
      return this;
    }

    /**
     * Sets the sliding window.
     *
     * @param value a number of tokens, or 0 for none
     * @return this builder
     */
    public Builder slidingWindow(int value) {
      slidingWindow = value;
      return this;
    }

    /**
     * Sets the soft cap of the scaled scores.
     *
     * @param value a cap from {@link Heads#LEAST_FACTOR} to {@link Heads#MOST_FACTOR}, or 0 for
     *     none
     * @return this builder
     */
    public Builder softcap(float value) {
      softcap = value;
      return this;
    }

    /**
     * Sets the dropout probability that training applies.
     *
     * @param value a probability in [0, 1)
     * @return this builder
     */
    public Builder dropout(float value) {
      dropout = value;
      return this;
    }

    /**
     * Builds the configuration.
     *
     * @return the validated configuration
     * @throws IllegalArgumentException if a setting is out of range; the message names it
     */
    public AttentionConfig build() {
      atLeast("dIn", dIn, 1);
      atLeast("dOut", dOut, 1);
      atLeast("numHeads", numHeads, 1);
      if (dOut % numHeads != 0) {
        throw new IllegalArgumentException(
            "numHeads must divide dOut, but dOut is " + dOut + " and numHeads is " + numHeads);
      }
      int headDim = dOut / numHeads;
      return new AttentionConfig(
          dIn,
          headDim,
          numHeads,
          numKvHeads == 0 ? numHeads : numKvHeads,
          contextLength,
          causal,
          qkvBias,
          outProjection,
          scale == 0 ? (float) (1 / Math.sqrt(headDim)) : scale,
          slidingWindow,
          softcap,
          dropout);
    }
  }
}
