package io.github.sparkattention.internal.results;

import java.util.Locale;

/**
 * The results of an attention layer, whose program gives context vectors, attention weights and
 * log-sum-exps.
 */
public final class LayerResults {
  /** Context vectors, one array a token. */
  public static final ResultKind CONTEXT_ARRAY = context("array");

  /** Attention weights, heads x n x n. */
  public static final ResultKind ATTENTION_WEIGHTS = new ResultKind.AttentionWeights(1);

  /** Log-sum-exps of the scores, heads x n. */
  public static final ResultKind LOG_SUM_EXP = new ResultKind.LogSumExp(2);

  private LayerResults() {}

  /**
   * The context vectors in one of the forms that users name.
   *
   * @param format array, flat, vectors or matrix
   * @return the kind
   */
  public static ResultKind context(String format) {
    return ResultKind.tokens("outputCol", format, 0);
  }

  /**
   * The context vectors of a sequence as one, in one of the ways that users name.
   *
   * @param pooling last, mean or max
   * @return the kind
   */
  public static ResultKind pooled(String pooling) {
    return new ResultKind.PooledContext(Pooling.valueOf(pooling.toUpperCase(Locale.ROOT)), 0);
  }
}
