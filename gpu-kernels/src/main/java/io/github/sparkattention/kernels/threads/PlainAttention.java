package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.ContractMath;
import io.github.sparkattention.kernels.Dropout;
import java.util.Arrays;

/** Attention in plain Java: {@link PlainGemm} for both products, and scalar code between them. */
final class PlainAttention implements HeadAttention {
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

  PlainAttention(AttentionConfig config) {
    this.config = config;
    cap = ContractMath.base2Cap(config);
    dropThreshold = Dropout.threshold(config.dropout());
    keys = new float[config.headDim()][KEYS];
    for (int j = 0; j < KEYS; j++) {
      values[j] = new float[config.headDim()];
    }
    sums = new float[QUERIES][config.headDim()];
  }

  @Override
  public void attend(Sequence sequence, int head, int firstQuery, int endQuery) {
    for (int query = firstQuery; query < endQuery; query += QUERIES) {
      attendBlock(new Block(sequence, head, query, Math.min(QUERIES, endQuery - query)));
    }
  }

  /** One block of queries that share their packed keys. */
  private record Block(Sequence sequence, int head, int firstQuery, int count) {
    int numTokens() {
      return sequence.numTokens();
    }

    int token(int position) {
      return sequence.firstToken() + position;
    }
  }

  private void attendBlock(Block block) {
    int count = block.count;
    int last = block.firstQuery + count - 1;
    int begin = config.firstKey(block.firstQuery) / KEYS * KEYS;
    int end = config.endKey(last, block.numTokens());
    for (int r = 0; r < count; r++) {
      Arrays.fill(sums[r], 0f);
      maximum[r] = ContractMath.NO_MAXIMUM;
      total[r] = 0f;
    }
    for (int j = begin; j < end; j += KEYS) {
      int numKeys = Math.min(KEYS, end - j);
      score(block, count, j, numKeys);
      packValues(block, j, numKeys);
      for (int r = 0; r < count; r++) {
        weigh(block, r, j, numKeys);
      }
      for (int r = 0; r < count; r += PlainGemm.ROWS) {
        int rows = Math.min(PlainGemm.ROWS, count - r);
        PlainGemm.accumulate(
            weights, r * KEYS, KEYS, rows, values, numKeys, sums, r, config.headDim());
      }
    }
    for (int r = 0; r < count; r++) {
      block.sequence.putLogSumExp(block.head, block.firstQuery + r, maximum[r], total[r]);
      // From here on the reciprocal is all that is needed of the total.
      total[r] = normalizer(block, total[r]);
      finish(block, r);
    }
    if (block.sequence.attentionWeights() != null) {
      for (int j = begin; j < end; j += KEYS) {
        int numKeys = Math.min(KEYS, end - j);
        score(block, count, j, numKeys);
        for (int r = 0; r < count; r++) {
          writeWeights(block, r, j, numKeys);
        }
      }
    }
  }

  /** scores[r][j] = q·k in base two, capped where a soft cap is set; the mask comes later. */
  private void score(Block block, int count, int firstKey, int numKeys) {
    block.sequence.cancellation().check();
    int kvColumn = config.kvHead(block.head) * config.headDim();
    for (int j = 0; j < numKeys; j++) {
      int at = block.token(firstKey + j) * config.kvWidth() + kvColumn;
      for (int d = 0; d < config.headDim(); d++) {
        keys[d][j] = block.sequence.keys()[at + d];
      }
    }
    int stride = config.dOut();
    int queries = block.token(block.firstQuery) * stride + block.head * config.headDim();
    for (int r = 0; r < count; r += PlainGemm.ROWS) {
      int rows = Math.min(PlainGemm.ROWS, count - r);
      for (int i = r; i < r + rows; i++) {
        Arrays.fill(scores[i], 0, numKeys, 0f);
      }
      PlainGemm.accumulate(
          block.sequence.queries(),
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

  private void packValues(Block block, int firstKey, int numKeys) {
    int kvColumn = config.kvHead(block.head) * config.headDim();
    for (int j = 0; j < numKeys; j++) {
      int at = block.token(firstKey + j) * config.kvWidth() + kvColumn;
      System.arraycopy(block.sequence.values(), at, values[j], 0, config.headDim());
    }
  }

  /** Renews a query's maximum, rescales what was summed under the old one, and weighs the keys. */
  private void weigh(Block block, int r, int firstKey, int numKeys) {
    int query = block.firstQuery + r;
    int from = visibleFrom(query, firstKey, numKeys);
    int to = visibleTo(block, query, firstKey, numKeys);
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
    if (block.sequence.drops()) {
      for (int j = from; j < to; j++) {
        if (!keeps(block, query, firstKey + j)) {
          weights[row + j] = 0f;
        }
      }
    }
  }

  private float normalizer(Block block, float sum) {
    float reciprocal = ContractMath.reciprocal(sum);
    return block.sequence.drops() ? reciprocal * Dropout.keptScale(config.dropout()) : reciprocal;
  }

  /**
   * Writes a query's context vector; adding 0 turns -0 into 0, which masked keys may bring about.
   */
  private void finish(Block block, int r) {
    int at =
        (block.sequence.joinedToken() + block.firstQuery + r) * config.dOut()
            + block.head * config.headDim();
    for (int d = 0; d < config.headDim(); d++) {
      block.sequence.joined()[at + d] = Math.fma(sums[r][d], total[r], 0f);
    }
  }

  private void writeWeights(Block block, int r, int firstKey, int numKeys) {
    int query = block.firstQuery + r;
    int to = visibleTo(block, query, firstKey, numKeys);
    int row =
        block.sequence.weightsOffset()
            + (block.head * block.numTokens() + query) * block.numTokens()
            + firstKey;
    for (int j = visibleFrom(query, firstKey, numKeys); j < to; j++) {
      float weight = ContractMath.exp2(scores[r][j] - maximum[r]);
      boolean kept = !block.sequence.drops() || keeps(block, query, firstKey + j);
      block.sequence.attentionWeights()[row + j] = kept ? weight * total[r] : 0f;
    }
  }

  private boolean keeps(Block block, int query, int key) {
    return Dropout.keeps(block.sequence.generatorKey(), block.head, query, key, dropThreshold);
  }

  /** The first key of a block that a query sees, counted from the block's start. */
  private int visibleFrom(int query, int firstKey, int numKeys) {
    return Math.max(0, Math.min(numKeys, config.firstKey(query) - firstKey));
  }

  /** The end of the keys of a block that a query sees, counted from the block's start. */
  private int visibleTo(Block block, int query, int firstKey, int numKeys) {
    int end = config.endKey(query, block.numTokens()) - firstKey;
    return Math.max(visibleFrom(query, firstKey, numKeys), Math.min(numKeys, end));
  }
}
