package io.github.sparkattention.kernels;

import java.io.Serializable;

/**
 * How the heads of an attention step attend, validated as a whole: per query head, softmax(Q Kᵀ ·
 * scale) V over the keys that the mask shows.
 *
 * @param headDim width of one head, at least 1
 * @param numHeads number of query heads, at least 1
 * @param numKvHeads number of key and value heads, a divisor of {@code numHeads}; query head {@code
 *     h} reads key head {@code h / (numHeads / numKvHeads)}
 * @param causal whether token i sees only the tokens 0..i
 * @param scale factor on the scores, from {@link #LEAST_FACTOR} to {@link #MOST_FACTOR}
 * @param slidingWindow window w: causal, token i sees i-w+1..i; otherwise |i-j| &lt; w; 0 means no
 *     window
 * @param softcap soft cap c: scaled scores become c·tanh(s/c) before the mask, within the same
 *     bounds; 0 means no cap
 * @param dropout probability in [0, 1) with which an attention weight is dropped in training
 */
public record Heads(
    int headDim,
    int numHeads,
    int numKvHeads,
    boolean causal,
    float scale,
    int slidingWindow,
    float softcap,
    float dropout)
    implements Serializable {

  /** The least scale, and the least soft cap. */
  public static final double LEAST_FACTOR = 1e-18;

  /**
   * The largest scale, and the largest soft cap. Within these bounds whatever {@link #queryScale}
   * and {@link #base2Cap} make of both is a finite and normal float.
   */
  public static final double MOST_FACTOR = 1e18;

  /** log2(e): attention works in base two. */
  public static final double LOG2_E = 1.4426950408889634;

  /**
   * Validates the components.
   *
   * @param headDim the component {@link #headDim}
   * @param numHeads the component {@link #numHeads}
   * @param numKvHeads the component {@link #numKvHeads}
   * @param causal the component {@link #causal}
   * @param scale the component {@link #scale}
   * @param slidingWindow the component {@link #slidingWindow}
   * @param softcap the component {@link #softcap}
   * @param dropout the component {@link #dropout}
   * @throws IllegalArgumentException if one is out of range; the message names it
   */
  public Heads {
    atLeast("headDim", headDim, 1);
    atLeast("numHeads", numHeads, 1);
    atLeast("numKvHeads", numKvHeads, 1);
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
   * The width of the queries, and of a context vector.
   *
   * @return {@code numHeads · headDim}
   */
  public int dOut() {
    return numHeads * headDim;
  }

  /**
   * The width of the keys, and of the values.
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

  /**
   * What queries are multiplied by, each product rounded, so that their dot product with a key is a
   * score in base two, or, under a soft cap, twice the argument of tanh in base two.
   *
   * @return scale · log2(e), or 2 · log2(e) · scale / softcap
   */
  public float queryScale() {
    double base2 = scale * LOG2_E;
    return (float) (softcap == 0 ? base2 : 2 * base2 / softcap);
  }

  /**
   * The cap of scores in base two.
   *
   * @return softcap · log2(e), or 0 where there is no cap
   */
  public float base2Cap() {
    return (float) (softcap * LOG2_E);
  }

  private static void atLeast(String name, int value, int least) {
    require(value >= least, name + " must be at least " + least + ", but is " + value);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
