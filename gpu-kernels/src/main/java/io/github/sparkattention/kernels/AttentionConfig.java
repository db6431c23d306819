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
 * @param scale factor on the scores, from {@link #LEAST_FACTOR} to {@link #MOST_FACTOR}
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
  /** The least scale, and the least soft cap. */
  public static final double LEAST_FACTOR = 1e-18;

  /**
   * The largest scale, and the largest soft cap. Within these bounds whatever {@link ContractMath}
   * makes of both is a finite and normal float.
   */
  public static final double MOST_FACTOR = 1e18;

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
    atLeast("headDim", headDim, 1);
    atLeast("numHeads", numHeads, 1);
    atLeast("numKvHeads", numKvHeads, 1);
    atLeast("contextLength", contextLength, 0);
    atLeast("slidingWindow", slidingWindow, 0);
    require(
        numHeads % numKvHeads == 0,
        "numKvHeads must divide numHeads, but numHeads is "
            + numHeads
            + " and numKvHeads is "
            + numKvHeads);
    require(
        (long) numHeads * headDim <= Integer.MAX_VALUE,
        "numHeads x headDim must fit an int, but is " + numHeads + " x " + headDim);
    require(scale != 0, "scale must be from 1e-18 to 1e18, but is 0");
    requireFactorOr0("scale", scale);
    requireFactorOr0("softcap", softcap);
    require(dropout >= 0 && dropout < 1, "dropout must be in [0, 1), but is " + dropout);
  }

  /**
   * Checks a scale or a soft cap as a user gives it, where 0 stands for the default.
   *
   * @param name what to call it in the message
   * @param value the value, before it is rounded to a float
   * @throws IllegalArgumentException if it is neither 0 nor from {@link #LEAST_FACTOR} to {@link
   *     #MOST_FACTOR}
   */
  public static void requireFactorOr0(String name, double value) {
    float narrow = (float) value;
    require(
        value == 0 || (narrow >= (float) LEAST_FACTOR && narrow <= (float) MOST_FACTOR),
        name + " must be 0 or from 1e-18 to 1e18, but is " + value);
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
   * The key head that a query head reads.
   *
   * @param head query head, 0 to {@code numHeads - 1}
   * @return key and value head, 0 to {@code numKvHeads - 1}
   */
  public int kvHead(int head) {
    return head / (numHeads / numKvHeads);
  }

  /**
   * The first key that a token sees.
   *
   * @param query position of the token in its sequence
   * @return position of the first visible key, at most {@code query}
   */
  public int firstKey(int query) {
    return slidingWindow == 0 ? 0 : Math.max(0, query - slidingWindow + 1);
  }

  /**
   * The end of the keys that a token sees; every key from {@link #firstKey} up to here is visible.
   *
   * @param query position of the token in its sequence
   * @param numTokens length of the sequence
   * @return position after the last visible key, at least {@code query + 1}
   */
  public int endKey(int query, int numTokens) {
    if (causal) {
      return query + 1;
    }
    return slidingWindow == 0 ? numTokens : (int) Math.min(numTokens, (long) query + slidingWindow);
  }

  /**
   * The first query that sees a key.
   *
   * @param key position of the key in its sequence
   * @return position of the first query, at most {@code key}
   */
  public int firstQuery(int key) {
    if (causal) {
      return key;
    }
    return slidingWindow == 0 ? 0 : Math.max(0, key - slidingWindow + 1);
  }

  /**
   * The end of the queries that see a key; every query from {@link #firstQuery} up to here does.
   *
   * @param key position of the key in its sequence
   * @param numTokens length of the sequence
   * @return position after the last query, at least {@code key + 1}
   */
  public int endQuery(int key, int numTokens) {
    return slidingWindow == 0 ? numTokens : (int) Math.min(numTokens, (long) key + slidingWindow);
  }

  private static void atLeast(String name, int value, int least) {
    require(value >= least, name + " must be at least " + least + ", but is " + value);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
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
     * @param value a factor from {@link #LEAST_FACTOR} to {@link #MOST_FACTOR}, or 0 for
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
     * @param value a cap from {@link #LEAST_FACTOR} to {@link #MOST_FACTOR}, or 0 for none
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
      require(
          dOut % numHeads == 0,
          "numHeads must divide dOut, but dOut is " + dOut + " and numHeads is " + numHeads);
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
