package io.github.sparkattention.internal.svg;

import java.util.List;

/** One sequence's tokens and attention weights, [heads][query][key], checked. */
public final class SequenceWeights {
  private final List<TokenText> tokens;
  private final float[][][] heads;
  private final boolean causal;

  /** |query - key| from here on is masked. */
  private final int window;

  private SequenceWeights(List<TokenText> tokens, float[][][] heads, boolean causal, int window) {
    this.tokens = tokens;
    this.heads = heads;
    this.causal = causal;
    this.window = window;
  }

  public static SequenceWeights of(List<String> tokens, float[][][] heads) {
    check(!tokens.isEmpty(), "There must be at least one token to plot, but there is none.");
    check(heads.length > 0, "There must be at least one head to plot, but there is none.");
    for (int i = 0; i < tokens.size(); i++) {
      check(tokens.get(i) != null, "Token %d must be text, but is null.", i);
    }
    boolean causal = true;
    for (int head = 0; head < heads.length; head++) {
      check(
          heads[head].length == tokens.size(),
          "Weights of head %d must have %d queries, one a token, but have %d.",
          head,
          tokens.size(),
          heads[head].length);
      for (int query = 0; query < tokens.size(); query++) {
        causal &= checkQuery(heads[head][query], head, query, tokens.size());
      }
    }
    return new SequenceWeights(
        tokens.stream().map(TokenText::new).toList(), heads, causal, Integer.MAX_VALUE);
  }

  /** Returns whether the query sees no later key. */
  private static boolean checkQuery(float[] weights, int head, int query, int length) {
    check(
        weights.length == length,
        "Weights of head %d, query %d must have %d keys, one a token, but have %d.",
        head,
        query,
        length,
        weights.length);
    boolean causal = true;
    for (int key = 0; key < length; key++) {
      check(
          weights[key] >= 0 && weights[key] < Float.POSITIVE_INFINITY,
          "The weight of head %d, query %d, key %d must be finite and not negative, but is %s.",
          head,
          query,
          key,
          weights[key]);
      causal &= key <= query || weights[key] == 0;
    }
    return causal;
  }

  /** With keys masked that are a window or more away from their query. */
  public SequenceWeights within(int newWindow) {
    check(newWindow >= 1, "The sliding window must be at least 1, but is %d.", newWindow);
    SequenceWeights within = new SequenceWeights(tokens, heads, causal, newWindow);
    for (int head = 0; head < heads.length; head++) {
      for (int query = 0; query < length(); query++) {
        for (int key = 0; key < length(); key++) {
          check(
              heads[head][query][key] == 0 || !within.isMasked(query, key),
              "The weight of head %d, query %d, key %d must be 0 outside of a sliding window of %d,"
                  + " but is %s.",
              head,
              query,
              key,
              newWindow,
              heads[head][query][key]);
        }
      }
    }
    return within;
  }

  public int length() {
    return tokens.size();
  }

  public TokenText token(int position) {
    return tokens.get(position);
  }

  public int heads() {
    return heads.length;
  }

  public float[][] head(int head) {
    check(
        head >= 0 && head < heads.length,
        "The head must be from 0 to %d, but is %d.",
        heads.length - 1,
        head);
    return heads[head];
  }

  public float[][][] all() {
    return heads;
  }

  public float[][] mean() {
    float[][] mean = new float[length()][length()];
    for (int query = 0; query < length(); query++) {
      for (int key = 0; key < length(); key++) {
        double sum = 0;
        for (float[][] head : heads) {
          sum += head[query][key];
        }
        mean[query][key] = (float) (sum / heads.length);
      }
    }
    return mean;
  }

  boolean isCausal() {
    return causal;
  }

  boolean hasMask() {
    return length() > 1 && (causal || window < length());
  }

  boolean isMasked(int query, int key) {
    return isMasked(query, query, key, key);
  }

  /** Whether none of some queries, first to last, sees any of some keys. */
  boolean isMasked(int firstQuery, int lastQuery, int firstKey, int lastKey) {
    int nearest = firstQuery - lastKey;
    int farthest = lastQuery - firstKey;
    return farthest < (causal ? 0 : 1 - window) || nearest >= window;
  }

  /** Why some keys are masked, or an empty text. */
  String maskReason() {
    String later = causal ? "later than the query" : "";
    String outside = window < length() ? "outside of the sliding window of " + window : "";
    return later + (later.isEmpty() || outside.isEmpty() ? "" : " or ") + outside;
  }

  private static void check(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new IllegalArgumentException(String.format(message, values));
    }
  }
}
