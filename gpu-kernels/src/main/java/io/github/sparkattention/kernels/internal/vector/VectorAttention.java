package io.github.sparkattention.kernels.internal.vector;

import static io.github.sparkattention.kernels.internal.vector.VectorGemm.COLUMNS;
import static io.github.sparkattention.kernels.internal.vector.VectorGemm.ROWS;
import static io.github.sparkattention.kernels.internal.vector.VectorGemm.SUM_ROWS;

import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.contract.ContractMath;
import io.github.sparkattention.kernels.internal.loops.HeadAttention;
import java.util.Arrays;

/**
 * Attention on the Vector API, one query a lane: scores are kept as [key][QUERIES], so that
 * maximum, exponential and sum run down the keys, which is also the order that the contract asks
 * for.
 *
 * <p>A packed block of keys serves several blocks of queries, since packing it costs about as much
 * as one of them.
 */
final class VectorAttention implements HeadAttention {
  private static final int KEYS = ContractMath.KEY_BLOCK;

  /** Sums of all query blocks that go together, in floats: 1 MiB. */
  private static final int GROUP_FLOATS = 1 << 18;

  private static final int MOST_BLOCKS = 16;
  private static final float[] ZEROS = new float[COLUMNS];

  private final Heads heads;
  private final int headDim;

  /** Values per token of queries, keys and values side by side. */
  private final int stride;

  private final float queryScale;
  private final int sumStride;
  private final int groupBlocks;
  private final float cap;
  private final int dropThreshold;

  private final float[] packedQueries;
  private final float[] packedKeys;

  /** [panel of columns][key][COLUMNS]; what a last panel lacks stays 0. */
  private final float[] packedValues;

  /** Scores and then weights [key][QUERIES], and after the last key the factors for the sums. */
  private final float[] scores = new float[(KEYS + 1) * QUERIES];

  private final float[] sums;
  private final float[] maximum;
  private final float[] total;

  VectorAttention(Heads heads) {
    this.heads = heads;
    headDim = heads.headDim();
    stride = heads.dOut() + 2 * heads.kvWidth();
    queryScale = heads.queryScale();
    sumStride = VectorProjection.roundUp(headDim, COLUMNS);
    groupBlocks = Math.max(1, Math.min(MOST_BLOCKS, GROUP_FLOATS / (QUERIES * sumStride)));
    cap = heads.base2Cap();
    dropThreshold = Dropout.threshold(heads.dropout());
    packedQueries = new float[groupBlocks * QUERIES * headDim];
    packedKeys = new float[KEYS * headDim];
    packedValues = new float[KEYS * sumStride];
    sums = new float[groupBlocks * QUERIES * sumStride];
    maximum = new float[groupBlocks * QUERIES];
    total = new float[groupBlocks * QUERIES];
  }

  @Override
  public void attend(Sequence sequence, int head, int firstQuery, int endQuery) {
    int step = groupBlocks * QUERIES;
    for (int q = firstQuery; q < endQuery; q += step) {
      attendGroup(sequence, head, q, Math.min(endQuery, q + step));
    }
  }

  private void attendGroup(Sequence sequence, int head, int firstQuery, int endQuery) {
    int count = endQuery - firstQuery;
    int padded = VectorProjection.roundUp(count, QUERIES);
    packQueries(sequence, head, firstQuery, count);
    Arrays.fill(sums, 0, padded * sumStride, 0f);
    Arrays.fill(maximum, 0, padded, ContractMath.NO_MAXIMUM);
    Arrays.fill(total, 0, padded, 0f);
    int end = heads.endKey(endQuery - 1, sequence.numTokens());
    for (int key = firstBlock(firstQuery); key < end; key += KEYS) {
      int packed = Math.min(KEYS, end - key);
      packKeys(sequence, head, key, packed);
      packValues(sequence, head, key, packed);
      for (int q = firstQuery; q < endQuery; q += QUERIES) {
        int numKeys = visibleKeys(sequence, q, Math.min(endQuery, q + QUERIES), key);
        if (numKeys > 0) {
          score(sequence, q, q - firstQuery, key, numKeys);
          VectorSoftmax.weigh(scores, numKeys, maximum, total, q - firstQuery);
          if (sequence.drops()) {
            drop(sequence, head, q, key, numKeys);
          }
          addValues(q - firstQuery, Math.min(QUERIES, endQuery - q), numKeys);
        }
      }
    }
    for (int r = 0; r < count; r++) {
      sequence.putLogSumExp(head, firstQuery + r, maximum[r], total[r]);
      total[r] = normalizer(sequence, total[r]);
    }
    finish(sequence, head, firstQuery, count);
    if (sequence.attentionWeights() != null) {
      for (int key = firstBlock(firstQuery); key < end; key += KEYS) {
        packKeys(sequence, head, key, Math.min(KEYS, end - key));
        for (int q = firstQuery; q < endQuery; q += QUERIES) {
          int last = Math.min(endQuery, q + QUERIES);
          int numKeys = visibleKeys(sequence, q, last, key);
          if (numKeys > 0) {
            score(sequence, q, q - firstQuery, key, numKeys);
            writeWeights(sequence, head, firstQuery, q, last, key, numKeys);
          }
        }
      }
    }
  }

  private int firstBlock(int query) {
    return heads.firstKey(query) / KEYS * KEYS;
  }

  /** How many keys of a block some query of a query block may see; those after are hidden. */
  private int visibleKeys(Sequence sequence, int firstQuery, int endQuery, int key) {
    if (key < firstBlock(firstQuery)) {
      return 0;
    }
    return Math.min(KEYS, heads.endKey(endQuery - 1, sequence.numTokens()) - key);
  }

  private void packQueries(Sequence sequence, int head, int firstQuery, int count) {
    int from = sequence.offset() + firstQuery * stride + head * headDim;
    for (int block = 0; block < count; block += QUERIES) {
      int rows = Math.min(QUERIES, count - block);
      int at = block * headDim;
      if (rows < QUERIES) {
        Arrays.fill(packedQueries, at, at + QUERIES * headDim, 0f);
      }
      int r = 0;
      for (; r + 3 < rows; r += 4) {
        packFour(sequence.projected(), from + (block + r) * stride, at + r);
      }
      for (; r < rows; r++) {
        int x = from + (block + r) * stride;
        for (int d = 0; d < headDim; d++) {
          packedQueries[at + d * QUERIES + r] = sequence.projected()[x + d] * queryScale;
        }
      }
    }
  }

  /** Projections pack by a loop of their own: with the width as a parameter, it is slower. */
  private void packFour(float[] queries, int x0, int at) {
    int x1 = x0 + stride;
    int x2 = x1 + stride;
    int x3 = x2 + stride;
    for (int d = 0; d < headDim; d++) {
      packedQueries[at + d * QUERIES] = queries[x0 + d] * queryScale;
      packedQueries[at + d * QUERIES + 1] = queries[x1 + d] * queryScale;
      packedQueries[at + d * QUERIES + 2] = queries[x2 + d] * queryScale;
      packedQueries[at + d * QUERIES + 3] = queries[x3 + d] * queryScale;
    }
  }

  private void packKeys(Sequence sequence, int head, int key, int count) {
    sequence.cancellation().check();
    int from = sequence.offset() + key * stride + heads.dOut() + heads.kvHead(head) * headDim;
    for (int j = 0; j < count; j += ROWS) {
      VectorProjection.packRows(
          sequence.projected(),
          from + j * stride,
          stride,
          Math.min(ROWS, count - j),
          headDim,
          packedKeys,
          j * headDim);
    }
  }

  /** Close together, since rows as far apart as the projection leaves them share cache sets. */
  private void packValues(Sequence sequence, int head, int key, int count) {
    int column = heads.dOut() + heads.kvWidth() + heads.kvHead(head) * headDim;
    int from = sequence.offset() + key * stride + column;
    for (int d = 0; d < headDim; d += COLUMNS) {
      if (d + COLUMNS <= headDim) {
        VectorCopy.panel(sequence.projected(), from + d, stride, count, packedValues, d * KEYS);
      } else {
        for (int j = 0; j < count; j++) {
          System.arraycopy(
              sequence.projected(),
              from + j * stride + d,
              packedValues,
              d * KEYS + j * COLUMNS,
              headDim - d);
        }
      }
    }
  }

  private void score(Sequence sequence, int query, int lane, int key, int numKeys) {
    for (int j = 0; j < numKeys; j += ROWS) {
      VectorGemm.tile(
          packedKeys,
          j * headDim,
          packedQueries,
          lane * headDim,
          headDim,
          ZEROS,
          0,
          scores,
          j * QUERIES,
          QUERIES);
    }
    if (cap > 0) {
      for (int i = 0; i < numKeys * QUERIES; i++) {
        scores[i] = ContractMath.softcap(scores[i], cap);
      }
    }
    mask(sequence.numTokens(), query, key, numKeys);
  }

  /** A key is seen by a range of queries; the lanes before and after it get minus infinity. */
  private void mask(int numTokens, int query, int key, int numKeys) {
    if (heads.firstQuery(key + numKeys - 1) <= query
        && heads.endQuery(key, numTokens) >= query + QUERIES) {
      return;
    }
    for (int j = 0; j < numKeys; j++) {
      int from = heads.firstQuery(key + j) - query;
      int to = heads.endQuery(key + j, numTokens) - query;
      int row = j * QUERIES;
      if (from > 0) {
        Arrays.fill(scores, row, row + Math.min(from, QUERIES), Float.NEGATIVE_INFINITY);
      }
      if (to < QUERIES) {
        Arrays.fill(scores, row + Math.max(to, 0), row + QUERIES, Float.NEGATIVE_INFINITY);
      }
    }
  }

  private void drop(Sequence sequence, int head, int query, int key, int numKeys) {
    for (int j = 0; j < numKeys; j++) {
      for (int r = 0; r < QUERIES; r++) {
        if (!keeps(sequence, head, query + r, key + j)) {
          scores[j * QUERIES + r] = 0f;
        }
      }
    }
  }

  private void addValues(int lane, int count, int numKeys) {
    for (int r = 0; r < count; r += SUM_ROWS) {
      for (int d = 0; d < headDim; d += COLUMNS) {
        VectorGemm.accumulate(
            scores,
            r,
            packedValues,
            d * KEYS,
            numKeys,
            scores,
            numKeys * QUERIES + r,
            sums,
            (lane + r) * sumStride + d,
            sumStride);
      }
    }
  }

  private float normalizer(Sequence sequence, float sum) {
    float reciprocal = ContractMath.reciprocal(sum);
    return sequence.drops() ? reciprocal * Dropout.keptScale(heads.dropout()) : reciprocal;
  }

  /** Writes the context vectors; adding 0 turns -0 into 0, which masked keys may bring about. */
  private void finish(Sequence sequence, int head, int firstQuery, int count) {
    for (int r = 0; r < count; r++) {
      int at = sequence.joinedOffset() + (firstQuery + r) * heads.dOut() + head * headDim;
      VectorCopy.scaled(sums, r * sumStride, headDim, total[r], sequence.joined(), at);
    }
  }

  private void writeWeights(
      Sequence sequence, int head, int groupQuery, int query, int endQuery, int key, int numKeys) {
    int n = sequence.numTokens();
    for (int q = query; q < endQuery; q++) {
      int row = sequence.weightsOffset() + (head * n + q) * n + key;
      int r = q - groupQuery;
      for (int j = 0; j < numKeys; j++) {
        float weight = ContractMath.exp2(scores[j * QUERIES + q - query] - maximum[r]) * total[r];
        boolean kept = !sequence.drops() || keeps(sequence, head, q, key + j);
        sequence.attentionWeights()[row + j] = kept ? weight : 0f;
      }
    }
  }

  private boolean keeps(Sequence sequence, int head, int query, int key) {
    return Dropout.keeps(
        sequence.generatorKey(), sequence.layer(), head, query, key, dropThreshold);
  }
}
