package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.ContractMath;
import io.github.sparkattention.kernels.Dropout;
import java.util.Arrays;

/**
 * Attention of one block of queries of one head over the keys that they see, block by block with a
 * running softmax, so that no more than a block of scores exists at a time. Source: Dao, Fu, Ermon,
 * Rudra and Ré, "FlashAttention", 2022; the order of operations is the numeric contract's.
 *
 * <p>One instance belongs to one thread and is reused from block to block.
 */
final class QueryBlock {
  /** Queries that share a packed block of keys. */
  static final int QUERIES = 32;

  private static final int KEYS = ContractMath.KEY_BLOCK;

  private final AttentionConfig config;
  private final float cap;
  private final int dropThreshold;

  private final float[][] keys;
  private final float[][] values = new float[KEYS][];
  private final float[][] scores = new float[QUERIES][KEYS];
  private final float[] weights = new float[QUERIES * KEYS];
  private final float[][] sums;
  private final float[] maximum = new float[QUERIES];
  private final float[] total = new float[QUERIES];

  QueryBlock(AttentionConfig config) {
    this.config = config;
    cap = ContractMath.base2Cap(config);
    dropThreshold = Dropout.threshold(config.dropout());
    keys = new float[config.headDim()][KEYS];
    for (int j = 0; j < KEYS; j++) {
      values[j] = new float[config.headDim()];
    }
    sums = new float[QUERIES][config.headDim()];
  }

  /**
   * What one block works on: projected queries [total, dOut] (already scaled), keys and values
   * [total, kvWidth], the joined heads' output [total, dOut], and where attention weights are
   * wanted their array, in which this sequence's start at {@code weightsOffset}.
   */
  @SuppressWarnings("ArrayRecordComponent") // a bundle of arguments; nobody compares two
  record Task(
      float[] queries,
      float[] keys,
      float[] values,
      float[] joined,
      float[] attentionWeights,
      int weightsOffset,
      int firstToken,
      int numTokens,
      int head,
      int firstQuery,
      boolean drops,
      long generatorKey) {}

  void attend(Task task) {
    int count = Math.min(QUERIES, task.numTokens - task.firstQuery);
    int last = task.firstQuery + count - 1;
    int begin = config.firstKey(task.firstQuery) / KEYS * KEYS;
    int end = config.endKey(last, task.numTokens);
    for (int r = 0; r < count; r++) {
      Arrays.fill(sums[r], 0f);
      maximum[r] = ContractMath.NO_MAXIMUM;
      total[r] = 0f;
    }
    for (int j = begin; j < end; j += KEYS) {
      int numKeys = Math.min(KEYS, end - j);
      score(task, count, j, numKeys);
      packValues(task, j, numKeys);
      for (int r = 0; r < count; r++) {
        weigh(task, r, j, numKeys);
      }
      for (int r = 0; r < count; r += Gemm.ROWS) {
        int rows = Math.min(Gemm.ROWS, count - r);
        Gemm.accumulate(weights, r * KEYS, KEYS, rows, values, numKeys, sums, r, config.headDim());
      }
    }
    for (int r = 0; r < count; r++) {
      // From here on the reciprocal is all that is needed of the total.
      total[r] = normalizer(task, total[r]);
      finish(task, r);
    }
    if (task.attentionWeights != null) {
      for (int j = begin; j < end; j += KEYS) {
        int numKeys = Math.min(KEYS, end - j);
        score(task, count, j, numKeys);
        for (int r = 0; r < count; r++) {
          writeWeights(task, r, j, numKeys);
        }
      }
    }
  }

  /** scores[r][j] = q·k in base two, capped where a soft cap is set; the mask comes later. */
  private void score(Task task, int count, int firstKey, int numKeys) {
    int kvColumn = config.kvHead(task.head) * config.headDim();
    for (int j = 0; j < numKeys; j++) {
      int at = (task.firstToken + firstKey + j) * config.kvWidth() + kvColumn;
      for (int d = 0; d < config.headDim(); d++) {
        keys[d][j] = task.keys[at + d];
      }
    }
    int stride = config.dOut();
    int queries = (task.firstToken + task.firstQuery) * stride + task.head * config.headDim();
    for (int r = 0; r < count; r += Gemm.ROWS) {
      int rows = Math.min(Gemm.ROWS, count - r);
      for (int i = r; i < r + rows; i++) {
        Arrays.fill(scores[i], 0, numKeys, 0f);
      }
      Gemm.accumulate(
          task.queries,
          queries + r * stride,
          stride,
          rows,
          keys,
          config.headDim(),
          scores,
          r,
          numKeys);
    }
    if (cap > 0) {
      for (int r = 0; r < count; r++) {
        for (int j = 0; j < numKeys; j++) {
          scores[r][j] = ContractMath.softcap(scores[r][j], cap);
        }
      }
    }
  }

  private void packValues(Task task, int firstKey, int numKeys) {
    int kvColumn = config.kvHead(task.head) * config.headDim();
    for (int j = 0; j < numKeys; j++) {
      int at = (task.firstToken + firstKey + j) * config.kvWidth() + kvColumn;
      System.arraycopy(task.values, at, values[j], 0, config.headDim());
    }
  }

  /** Renews a query's maximum, rescales what was summed under the old one, and weighs the keys. */
  private void weigh(Task task, int r, int firstKey, int numKeys) {
    int query = task.firstQuery + r;
    int from = visibleFrom(query, firstKey, numKeys);
    int to = visibleTo(task, query, firstKey, numKeys);
    float[] s = scores[r];
    float newMaximum = maximum[r];
    for (int j = from; j < to; j++) {
      newMaximum = s[j] > newMaximum ? s[j] : newMaximum;
    }
    float rescale = ContractMath.exp2(maximum[r] - newMaximum);
    maximum[r] = newMaximum;
    int row = r * KEYS;
    Arrays.fill(weights, row, row + from, 0f);
    Arrays.fill(weights, row + to, row + numKeys, 0f);
    float blockTotal = 0f;
    for (int j = from; j < to; j++) {
      float weight = ContractMath.exp2(s[j] - newMaximum);
      weights[row + j] = weight;
      blockTotal += weight;
    }
    total[r] = Math.fma(total[r], rescale, blockTotal);
    if (rescale != 1f) {
      float[] sum = sums[r];
      for (int d = 0; d < sum.length; d++) {
        sum[d] *= rescale;
      }
    }
    if (task.drops) {
      for (int j = from; j < to; j++) {
        if (!keeps(task, query, firstKey + j)) {
          weights[row + j] = 0f;
        }
      }
    }
  }

  private float normalizer(Task task, float sum) {
    float reciprocal = ContractMath.reciprocal(sum);
    return task.drops ? reciprocal * Dropout.keptScale(config.dropout()) : reciprocal;
  }

  /**
   * Writes a query's context vector; adding 0 turns -0 into 0, which masked keys may bring about.
   */
  private void finish(Task task, int r) {
    int at = (task.firstToken + task.firstQuery + r) * config.dOut() + task.head * config.headDim();
    for (int d = 0; d < config.headDim(); d++) {
      task.joined[at + d] = Math.fma(sums[r][d], total[r], 0f);
    }
  }

  private void writeWeights(Task task, int r, int firstKey, int numKeys) {
    int query = task.firstQuery + r;
    int to = visibleTo(task, query, firstKey, numKeys);
    int row = task.weightsOffset + (task.head * task.numTokens + query) * task.numTokens + firstKey;
    for (int j = visibleFrom(query, firstKey, numKeys); j < to; j++) {
      float weight = ContractMath.exp2(scores[r][j] - maximum[r]);
      boolean kept = !task.drops || keeps(task, query, firstKey + j);
      task.attentionWeights[row + j] = kept ? weight * total[r] : 0f;
    }
  }

  private boolean keeps(Task task, int query, int key) {
    return Dropout.keeps(task.generatorKey, task.head, query, key, dropThreshold);
  }

  /** The first key of a block that a query sees, counted from the block's start. */
  private int visibleFrom(int query, int firstKey, int numKeys) {
    return Math.max(0, Math.min(numKeys, config.firstKey(query) - firstKey));
  }

  /** The end of the keys of a block that a query sees, counted from the block's start. */
  private int visibleTo(Task task, int query, int firstKey, int numKeys) {
    int end = config.endKey(query, task.numTokens) - firstKey;
    return Math.max(visibleFrom(query, firstKey, numKeys), Math.min(numKeys, end));
  }
}
