package io.github.sparkattention.kernels.internal.plain;

import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.contract.ContractMath;
import io.github.sparkattention.kernels.internal.loops.HeadAttention;
import java.util.Arrays;

/** Attention in plain Java: {@link PlainGemm} for both products, and scalar code between them. */
final class PlainAttention implements HeadAttention {
  private static final int KEYS = ContractMath.KEY_BLOCK;

  private final Heads heads;

  /** Values per token of queries, keys and values side by side. */
  private final int stride;

  private final float queryScale;
  private final float cap;
  private final int dropThreshold;

  /** [query][headDim], scaled. */
  private final float[] queries;

  private final float[][] keys;
  private final float[][] values = new float[KEYS][];
  private final float[][] scores = new float[QUERIES][KEYS];
  private final float[] weights = new float[QUERIES * KEYS];
  private final float[][] sums;
  private final float[] maximum = new float[QUERIES];
  private final float[] total = new float[QUERIES];

  PlainAttention(Heads heads) {
    this.heads = heads;
    stride = heads.dOut() + 2 * heads.kvWidth();
    queryScale = heads.queryScale();
    cap = heads.base2Cap();
    dropThreshold = Dropout.threshold(heads.dropout());
    queries = new float[QUERIES * heads.headDim()];
    keys = new float[heads.headDim()][KEYS];
    for (int j = 0; j < KEYS; j++) {
      values[j] = new float[heads.headDim()];
    }
    sums = new float[QUERIES][heads.headDim()];
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

    /** Where a token's queries, keys and values begin. */
    int row(int position, int stride) {
      return sequence.offset() + position * stride;
    }
  }

  private void attendBlock(Block block) {
    int count = block.count;
    int last = block.firstQuery + count - 1;
    int begin = heads.firstKey(block.firstQuery) / KEYS * KEYS;
    int end = heads.endKey(last, block.numTokens());
    for (int r = 0; r < count; r++) {
      Arrays.fill(sums[r], 0f);
      maximum[r] = ContractMath.NO_MAXIMUM;
      total[r] = 0f;
    }
    packQueries(block, count);
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
            weights, r * KEYS, KEYS, rows, values, numKeys, sums, r, heads.headDim());
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

  private void packQueries(Block block, int count) {
    for (int r = 0; r < count; r++) {
      int from = block.row(block.firstQuery + r, stride) + block.head * heads.headDim();
      for (int d = 0; d < heads.headDim(); d++) {
        queries[r * heads.headDim() + d] = block.sequence.projected()[from + d] * queryScale;
      }
    }
  }

  /** scores[r][j] = q·k in base two, capped where a soft cap is set; the mask comes later. */
  private void score(Block block, int count, int firstKey, int numKeys) {
    block.sequence.cancellation().check();
    int column = heads.dOut() + heads.kvHead(block.head) * heads.headDim();
    for (int j = 0; j < numKeys; j++) {
      int at = block.row(firstKey + j, stride) + column;
      for (int d = 0; d < heads.headDim(); d++) {
        keys[d][j] = block.sequence.projected()[at + d];
      }
    }
    for (int r = 0; r < count; r += PlainGemm.ROWS) {
      int rows = Math.min(PlainGemm.ROWS, count - r);
      for (int i = r; i < r + rows; i++) {
        Arrays.fill(scores[i], 0, numKeys, 0f);
      }
      PlainGemm.accumulate(
          queries,
          r * heads.headDim(),
          heads.headDim(),
          rows,
          keys,
          heads.headDim(),
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
    int column = heads.dOut() + heads.kvWidth() + heads.kvHead(block.head) * heads.headDim();
    for (int j = 0; j < numKeys; j++) {
      int at = block.row(firstKey + j, stride) + column;
      System.arraycopy(block.sequence.projected(), at, values[j], 0, heads.headDim());
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
    return block.sequence.drops() ? reciprocal * Dropout.keptScale(heads.dropout()) : reciprocal;
  }

  /**
   * Writes a query's context vector; adding 0 turns -0 into 0, which masked keys may bring about.
   */
  private void finish(Block block, int r) {
    int at =
        block.sequence.joinedOffset()
            + (block.firstQuery + r) * heads.dOut()
            + block.head * heads.headDim();
    for (int d = 0; d < heads.headDim(); d++) {
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
    return Dropout.keeps(
        block.sequence.generatorKey(),
        block.sequence.layer(),
        block.head,
        query,
        key,
        dropThreshold);
  }

  /** The first key of a block that a query sees, counted from the block's start. */
  private int visibleFrom(int query, int firstKey, int numKeys) {
    return Math.max(0, Math.min(numKeys, heads.firstKey(query) - firstKey));
  }

  /** The end of the keys of a block that a query sees, counted from the block's start. */
  private int visibleTo(Block block, int query, int firstKey, int numKeys) {
    int end = heads.endKey(query, block.numTokens()) - firstKey;
    return Math.max(visibleFrom(query, firstKey, numKeys), Math.min(numKeys, end));
  }
}
