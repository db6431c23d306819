package io.github.sparkattention.kernels.internal.loops;

import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.contract.ContractMath;

/**
 * Attention of some queries of one head over the keys that they see, block by block with a running
 * softmax, so that no more than a block of scores exists at a time. Source: Dao, Fu, Ermon, Rudra
 * and Ré, "FlashAttention", 2022; the order of operations is the numeric contract's.
 */
public interface HeadAttention {

  /** Queries that share a packed block of keys; ranges begin at its multiples. */
  int QUERIES = 32;

  /**
   * A sequence within a batch, projected.
   *
   * @param projected rows of queries, keys and values side by side, dOut + 2 · kvWidth wide
   * @param offset where the sequence's first row begins there
   * @param joined receives rows of the heads' outputs side by side, dOut wide
   * @param joinedOffset where the sequence's first row begins there
   * @param attentionWeights receives the attention weights, or null
   * @param weightsOffset where this sequence's attention weights start
   * @param logSumExp receives the log-sum-exps, or null
   * @param logSumExpOffset where this sequence's log-sum-exps start
   * @param numTokens the sequence's length
   * @param drops whether attention weights are dropped
   * @param generatorKey the key of the dropout draws
   * @param layer which of the program's attention steps this is, from 0
   * @param cancellation asked for each block of keys, since a long sequence has many
   */
  @SuppressWarnings("ArrayRecordComponent") // a bundle of arguments; nobody compares two
  record Sequence(
      float[] projected,
      int offset,
      float[] joined,
      int joinedOffset,
      float[] attentionWeights,
      int weightsOffset,
      float[] logSumExp,
      int logSumExpOffset,
      int numTokens,
      boolean drops,
      long generatorKey,
      int layer,
      Cancellation cancellation) {

    /** Keeps what a query's softmax left, if it is wanted. */
    public void putLogSumExp(int head, int query, float maximum, float total) {
      if (logSumExp != null) {
        logSumExp[logSumExpOffset + head * numTokens + query] =
            ContractMath.logSumExp(maximum, total);
      }
    }
  }

  /**
   * Computes the context vectors of a range of queries.
   *
   * @param sequence the sequence
   * @param head query head
   * @param firstQuery first query of the range, a multiple of {@link #QUERIES}
   * @param endQuery end of the range
   */
  void attend(Sequence sequence, int head, int firstQuery, int endQuery);
}
