package io.github.sparkattention.kernels.opencl;

import com.aparapi.Kernel;
import io.github.sparkattention.kernels.ContractMath;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The device code: Java that Aparapi translates to OpenCL. One launch runs up to four passes over
 * the same work groups, so that projected tokens never leave the device: projections, attention,
 * output projection, attention weights.
 *
 * <p>The order of operations is the numeric contract's. No product may be followed by an addition
 * but as an fma, since a device's compiler may contract the two; powers of two come from a table,
 * since Aparapi can't translate a cast of bits; nothing divides.
 */
public class AttentionKernel extends Kernel {
  /** Each work item computes RESULTS x RESULTS of a tile of a projection. */
  static final int RESULTS = 8;

  /** Steps of k that are in local memory at a time. */
  static final int DEPTH = 16;

  static final int KEYS = ContractMath.KEY_BLOCK;

  /** Work items along a side of the smallest group there is. */
  static final int FEWEST_ITEMS = 4;

  /** Private arrays have constant sizes: this is for the most keys that a work item may have. */
  static final int MOST_SCORES = RESULTS * KEYS / FEWEST_ITEMS;

  /** Ints that describe a block of queries. */
  static final int BLOCK_INTS = 6;

  static final int BLOCK_TOKEN = 0;
  static final int BLOCK_LENGTH = 1;
  static final int BLOCK_QUERY = 2;
  static final int BLOCK_WEIGHTS = 3;
  static final int BLOCK_KEY_LOW = 4;
  static final int BLOCK_KEY_HIGH = 5;

  /** Floats that are kept of a query's softmax. */
  static final int STATISTICS = 2;

  static final int STATISTICS_MAXIMUM = 0;
  static final int STATISTICS_TOTAL = 1;

  static final int PASS_PROJECT = 0;
  static final int PASS_ATTEND = 1;
  static final int PASS_OUT = 2;
  static final int PASS_WEIGHTS = 3;

  // Arrays on the device.
  float[] tokens = {0f};
  float[] weights = {0f};
  float[] bias = {0f};
  float[] outWeights = {0f};
  float[] outBias = {0f};
  float[] powers = powers();
  float[] projected = {0f};
  float[] joined = {0f};
  float[] context = {0f};
  float[] attentionWeights = {0f};
  float[] statistics = {0f};
  int[] blocks = {0};

  // Settings of the layer.
  int dIn;
  int headDim;
  int numHeads;
  int kvGroup;
  int dOut;
  int kvWidth;
  int columns;
  int causal;
  int window;
  int hasOut;
  float queryScale;
  float cap;

  /** A NaN literal is no OpenCL. */
  float notANumber = Float.NaN;

  // Settings of the launch.
  int numTokens;
  int numBlocks;
  int drops;
  int dropThreshold;
  float keptScale;

  @Local float[] tileA;
  @Local float[] tileB;
  @Local float[] scores;
  @Local float[] maximum;
  @Local float[] total;
  @Local float[] rescale;

  /** How often the device code ran in Java, which Aparapi falls back to without a word. */
  static final AtomicInteger RUNS_IN_JAVA = new AtomicInteger();

  private static final float ROUNDING = 0x1.8p23f;

  /** Left out of the OpenCL text: whoever gets here runs in Java. */
  @NoCL
  private void tripwire() {
    RUNS_IN_JAVA.incrementAndGet();
    throw new IllegalStateException("the device code ran in Java");
  }

  private static float[] powers() {
    float[] powers = new float[127];
    for (int n = 0; n < powers.length; n++) {
      powers[n] = (float) Math.pow(2, -n);
    }
    return powers;
  }

  /**
   * Work items along a side of a group, which is a square. Sizes are methods and not fields, since
   * a device's compiler turns these into constants and keeps private arrays in registers; each size
   * is a class of its own.
   */
  int items() {
    return 8;
  }

  /** Work items of a group. */
  int group() {
    return items() * items();
  }

  /** Rows and columns of a tile of a projection, and queries of a group in attention. */
  int tile() {
    return items() * RESULTS;
  }

  /** Keys of a work item. */
  int itemKeys() {
    return KEYS / items();
  }

  /** Says how much local memory a group has: nothing of it is kept there. */
  void makeLocalArrays() {
    tileA = new float[DEPTH * tile()];
    tileB = new float[DEPTH * Math.max(tile(), KEYS)];
    scores = new float[tile() * KEYS];
    maximum = new float[tile()];
    total = new float[tile()];
    rescale = new float[tile()];
  }

  @Override
  public void run() {
    tripwire();
    int pass = getPassId();
    if (pass == PASS_PROJECT) {
      project();
    } else if (pass == PASS_ATTEND) {
      attend();
    } else if (pass == PASS_OUT) {
      projectOut();
    } else {
      writeWeights();
    }
  }

  /** projected = tokens · weights + bias, queries times their scale. */
  private void project() {
    multiply(tokens, weights, bias, projected, dIn, columns, dOut);
  }

  /** context = joined · outWeights + outBias. */
  private void projectOut() {
    if (hasOut != 0) {
      multiply(joined, outWeights, outBias, context, dOut, dOut, 0);
    }
  }

  /**
   * c = a · b + start, tile by tile; the first {@code scaled} columns of c are multiplied by the
   * query scale once their sums are complete.
   */
  private void multiply(
      float[] a, float[] b, float[] start, float[] c, int depth, int width, int scaled) {
    int item = getLocalId();
    int across = (width + tile() - 1) / tile();
    int row0 = getGroupId() / across * tile();
    int col0 = getGroupId() % across * tile();
    if (row0 < numTokens) {
      int ty = item / items();
      int tx = item % items();
      float[] sum = new float[RESULTS * RESULTS];
      for (int i = 0; i < RESULTS; i++) {
        for (int j = 0; j < RESULTS; j++) {
          int col = col0 + tx + j * items();
          sum[i * RESULTS + j] = col < width ? start[col] : 0f;
        }
      }
      for (int k0 = 0; k0 < depth; k0 += DEPTH) {
        for (int e = item; e < DEPTH * tile(); e += group()) {
          int row = row0 + e / DEPTH;
          int k = k0 + e % DEPTH;
          tileA[e % DEPTH * tile() + e / DEPTH] =
              row < numTokens && k < depth ? a[row * depth + k] : 0f;
          int col = col0 + e % tile();
          k = k0 + e / tile();
          tileB[e] = col < width && k < depth ? b[k * width + col] : 0f;
        }
        localBarrier();
        int steps = min(DEPTH, depth - k0);
        for (int k = 0; k < steps; k++) {
          for (int i = 0; i < RESULTS; i++) {
            float left = tileA[k * tile() + ty + i * items()];
            for (int j = 0; j < RESULTS; j++) {
              sum[i * RESULTS + j] =
                  fma(left, tileB[k * tile() + tx + j * items()], sum[i * RESULTS + j]);
            }
          }
        }
        localBarrier();
      }
      for (int i = 0; i < RESULTS; i++) {
        int row = row0 + ty + i * items();
        for (int j = 0; j < RESULTS; j++) {
          int col = col0 + tx + j * items();
          if (row < numTokens && col < width) {
            float value = sum[i * RESULTS + j];
            if (col < scaled) {
              value = value * queryScale;
            }
            c[row * width + col] = value;
          }
        }
      }
    }
  }

  /** One block of queries of one head, over the keys that they see, with a running softmax. */
  private void attend() {
    int group = getGroupId();
    if (group < numBlocks * numHeads) {
      int block = group / numHeads * BLOCK_INTS;
      int head = group % numHeads;
      int item = getLocalId();
      int token = blocks[block + BLOCK_TOKEN];
      int length = blocks[block + BLOCK_LENGTH];
      int query = blocks[block + BLOCK_QUERY];
      int count = min(tile(), length - query);
      for (int r = item; r < tile(); r += group()) {
        maximum[r] = ContractMath.NO_MAXIMUM;
        total[r] = 0f;
      }
      int end = endKey(query + count - 1, length);
      int last = end - 1;
      for (int key = firstKey(query) / KEYS * KEYS; key <= last; key += KEYS) {
        int numKeys = min(KEYS, end - key);
        score(token, query, count, key, numKeys, head);
        weigh(length, query, count, key, numKeys);
        if (drops != 0) {
          drop(block, head, query, key);
        }
        addValues(token, query, count, key, numKeys, head, firstKey(query) / KEYS * KEYS);
      }
      finish(token, query, count, head);
    }
  }

  private int firstKey(int query) {
    int first = 0;
    if (window != 0) {
      first = max(0, query - window + 1);
    }
    return first;
  }

  private int endKey(int query, int length) {
    int end = length;
    if (causal != 0) {
      end = query + 1;
    } else if (window != 0) {
      end = (int) min((long) length, (long) query + (long) window);
    }
    return end;
  }

  /** scores[q][j] = q·k in base two, capped; hidden keys are left to those who read. */
  private void score(int token, int query, int count, int key, int numKeys, int head) {
    int item = getLocalId();
    int ty = item / items();
    int tx = item % items();
    int queryColumn = head * headDim;
    int keyColumn = dOut + head / kvGroup * headDim;
    float[] sum = new float[MOST_SCORES];
    for (int i = 0; i < RESULTS * itemKeys(); i++) {
      sum[i] = 0f;
    }
    for (int d0 = 0; d0 < headDim; d0 += DEPTH) {
      for (int e = item; e < DEPTH * tile(); e += group()) {
        int r = e / DEPTH;
        int d = e % DEPTH;
        tileA[d * tile() + r] =
            r < count && d0 + d < headDim
                ? projected[(token + query + r) * columns + queryColumn + d0 + d]
                : 0f;
      }
      for (int e = item; e < DEPTH * KEYS; e += group()) {
        int r = e / DEPTH;
        int d = e % DEPTH;
        tileB[d * KEYS + r] =
            r < numKeys && d0 + d < headDim
                ? projected[(token + key + r) * columns + keyColumn + d0 + d]
                : 0f;
      }
      localBarrier();
      int depth = min(DEPTH, headDim - d0);
      for (int d = 0; d < depth; d++) {
        for (int i = 0; i < RESULTS; i++) {
          float a = tileA[d * tile() + ty + i * items()];
          for (int j = 0; j < itemKeys(); j++) {
            sum[i * itemKeys() + j] =
                fma(a, tileB[d * KEYS + tx + j * items()], sum[i * itemKeys() + j]);
          }
        }
      }
      localBarrier();
    }
    for (int i = 0; i < RESULTS; i++) {
      for (int j = 0; j < itemKeys(); j++) {
        float s = sum[i * itemKeys() + j];
        if (cap > 0f) {
          s = softcap(s);
        }
        scores[(ty + i * items()) * KEYS + tx + j * items()] = s;
      }
    }
    localBarrier();
  }

  /**
   * Renews the maxima, turns scores into weights under them, and adds the weights to the totals.
   */
  private void weigh(int length, int query, int count, int key, int numKeys) {
    int item = getLocalId();
    for (int r = item; r < tile(); r += group()) {
      float old = maximum[r];
      float renewed = old;
      if (r < count) {
        int from = max(0, firstKey(query + r) - key);
        int to = min(numKeys, endKey(query + r, length) - key);
        for (int j = from; j < to; j++) {
          float s = scores[r * KEYS + j];
          if (s > renewed) {
            renewed = s;
          }
        }
      }
      maximum[r] = renewed;
      rescale[r] = power2(old - renewed);
    }
    localBarrier();
    for (int e = item; e < tile() * KEYS; e += group()) {
      int r = e / KEYS;
      int j = e % KEYS;
      float weight = 0f;
      if (r < count
          && j < numKeys
          && key + j >= firstKey(query + r)
          && key + j < endKey(query + r, length)) {
        weight = power2(scores[e] - maximum[r]);
      }
      scores[e] = weight;
    }
    localBarrier();
    for (int r = item; r < tile(); r += group()) {
      float sum = 0f;
      for (int j = 0; j < numKeys; j++) {
        sum += scores[r * KEYS + j];
      }
      total[r] = fma(total[r], rescale[r], sum);
    }
    localBarrier();
  }

  private void drop(int block, int head, int query, int key) {
    for (int e = getLocalId(); e < tile() * KEYS; e += group()) {
      if (keeps(block, head, query + e / KEYS, key + e % KEYS) == 0) {
        scores[e] = 0f;
      }
    }
    localBarrier();
  }

  /** joined = joined · rescale + weights · values; each work item has elements of its own. */
  private void addValues(
      int token, int query, int count, int key, int numKeys, int head, int firstBlock) {
    int item = getLocalId();
    int ty = item / items();
    int tx = item % items();
    int valueColumn = dOut + kvWidth + head / kvGroup * headDim;
    int column = head * headDim;
    for (int d0 = 0; d0 < headDim; d0 += tile()) {
      float[] sum = new float[RESULTS * RESULTS];
      for (int i = 0; i < RESULTS; i++) {
        int r = ty + i * items();
        for (int j = 0; j < RESULTS; j++) {
          int d = d0 + tx + j * items();
          float before = 0f;
          if (key > firstBlock && r < count && d < headDim) {
            before = joined[(token + query + r) * dOut + column + d];
          }
          sum[i * RESULTS + j] = before * rescale[r];
        }
      }
      for (int j0 = 0; j0 < numKeys; j0 += DEPTH) {
        for (int e = item; e < DEPTH * tile(); e += group()) {
          int j = e / tile();
          int d = e % tile();
          tileB[e] =
              j0 + j < numKeys && d0 + d < headDim
                  ? projected[(token + key + j0 + j) * columns + valueColumn + d0 + d]
                  : 0f;
        }
        localBarrier();
        int depth = min(DEPTH, numKeys - j0);
        for (int j = 0; j < depth; j++) {
          for (int i = 0; i < RESULTS; i++) {
            float weight = scores[(ty + i * items()) * KEYS + j0 + j];
            for (int c = 0; c < RESULTS; c++) {
              sum[i * RESULTS + c] =
                  fma(weight, tileB[j * tile() + tx + c * items()], sum[i * RESULTS + c]);
            }
          }
        }
        localBarrier();
      }
      for (int i = 0; i < RESULTS; i++) {
        int r = ty + i * items();
        for (int j = 0; j < RESULTS; j++) {
          int d = d0 + tx + j * items();
          if (r < count && d < headDim) {
            joined[(token + query + r) * dOut + column + d] = sum[i * RESULTS + j];
          }
        }
      }
    }
  }

  /** Divides by the totals, and keeps what the attention weights and the log-sum-exps need. */
  private void finish(int token, int query, int count, int head) {
    int item = getLocalId();
    for (int r = item; r < tile(); r += group()) {
      if (r < count) {
        int at = ((token + query + r) * numHeads + head) * STATISTICS;
        statistics[at + STATISTICS_MAXIMUM] = maximum[r];
        statistics[at + STATISTICS_TOTAL] = total[r];
      }
      total[r] = normalizer(total[r]);
    }
    localBarrier();
    int ty = item / items();
    int tx = item % items();
    for (int d0 = 0; d0 < headDim; d0 += tile()) {
      for (int i = 0; i < RESULTS; i++) {
        int r = ty + i * items();
        for (int j = 0; j < RESULTS; j++) {
          int d = d0 + tx + j * items();
          if (r < count && d < headDim) {
            int at = (token + query + r) * dOut + head * headDim + d;
            joined[at] = fma(joined[at], total[r], 0f);
          }
        }
      }
    }
  }

  private float normalizer(float sum) {
    float normalizer = reciprocal(sum);
    if (drops != 0) {
      normalizer = normalizer * keptScale;
    }
    return normalizer;
  }

  /** Computes the scores again, and writes the weights that the final maxima and totals give. */
  private void writeWeights() {
    int group = getGroupId();
    if (group < numBlocks * numHeads) {
      int block = group / numHeads * BLOCK_INTS;
      int head = group % numHeads;
      int token = blocks[block + BLOCK_TOKEN];
      int length = blocks[block + BLOCK_LENGTH];
      int query = blocks[block + BLOCK_QUERY];
      int count = min(tile(), length - query);
      int row0 = blocks[block + BLOCK_WEIGHTS] + (head * length + query) * length;
      int item = getLocalId();
      for (int r = item; r < count; r += group()) {
        int at = ((token + query + r) * numHeads + head) * STATISTICS;
        maximum[r] = statistics[at + STATISTICS_MAXIMUM];
        total[r] = normalizer(statistics[at + STATISTICS_TOTAL]);
      }
      localBarrier();
      for (int key = 0; key < length; key += KEYS) {
        int numKeys = min(KEYS, length - key);
        score(token, query, count, key, numKeys, head);
        for (int e = item; e < tile() * KEYS; e += group()) {
          int r = e / KEYS;
          int j = e % KEYS;
          if (r < count && j < numKeys) {
            float weight = 0f;
            if (key + j >= firstKey(query + r) && key + j < endKey(query + r, length)) {
              weight = power2(scores[e] - maximum[r]) * total[r];
              if (drops != 0 && keeps(block, head, query + r, key + j) == 0) {
                weight = 0f;
              }
            }
            attentionWeights[row0 + r * length + key + j] = weight;
          }
        }
        localBarrier();
      }
    }
  }

  /** As ContractMath.exp2. */
  private float power2(float x) {
    float result = 0f;
    if (x < ContractMath.EXP2_UNDERFLOW) {
      result = 0f;
    } else {
      float n = (x + ROUNDING) - ROUNDING;
      float f = x - n;
      result = fma(f, ratio(f), 1f) * power(n);
    }
    return result;
  }

  private float ratio(float f) {
    float q = fma(ContractMath.E5, f, ContractMath.E4);
    q = fma(q, f, ContractMath.E3);
    q = fma(q, f, ContractMath.E2);
    q = fma(q, f, ContractMath.E1);
    return fma(q, f, ContractMath.E0);
  }

  /** A NaN would be no index. */
  private float power(float n) {
    return powers[max(0, min(126, (int) (0f - n)))];
  }

  /** As ContractMath.softcap. */
  private float softcap(float x) {
    float z = 0f - abs(x);
    float e = 0f;
    if (z < ContractMath.EXP2_UNDERFLOW) {
      e = 0f - 1f;
    } else {
      float n = (z + ROUNDING) - ROUNDING;
      float f = z - n;
      float power = power(n);
      e = fma(power, f * ratio(f), power - 1f);
    }
    float tanh = (0f - e) * reciprocalOfOneToTwo(2f + e);
    float limit = cap;
    if (x < 0f) {
      limit = 0f - cap;
    }
    return fma(tanh, limit, 0f);
  }

  /** As ContractMath.reciprocal. */
  private float reciprocal(float d) {
    float result = 0f;
    if (d >= 1f) {
      float power = 1f;
      float scaled = d;
      while (scaled >= 2f && power > 0f) {
        scaled = scaled * 0.5f;
        power = power * 0.5f;
      }
      result = reciprocalOfOneToTwo(scaled) * power;
    } else {
      result = notANumber;
    }
    return result;
  }

  private float reciprocalOfOneToTwo(float d) {
    float r = fma(ContractMath.R3, d, ContractMath.R2);
    r = fma(r, d, ContractMath.R1);
    r = fma(r, d, ContractMath.R0);
    r = fma(r, fma(0f - d, r, 1f), r);
    return fma(r, fma(0f - d, r, 1f), r);
  }

  /** As Dropout.keeps; 1 if kept. */
  private int keeps(int block, int head, int query, int key) {
    int k0 = blocks[block + BLOCK_KEY_LOW];
    int k1 = blocks[block + BLOCK_KEY_HIGH];
    int c0 = key >>> 2;
    int c1 = query;
    int c2 = head;
    int c3 = 0;
    for (int round = 0; round < 10; round++) {
      long product0 = 0xD2511F53L * ((long) c0 & 0xFFFFFFFFL);
      long product1 = 0xCD9E8D57L * ((long) c2 & 0xFFFFFFFFL);
      c0 = (int) (product1 >>> 32) ^ c1 ^ k0;
      c1 = (int) product1;
      c2 = (int) (product0 >>> 32) ^ c3 ^ k1;
      c3 = (int) product0;
      k0 = k0 + 0x9E3779B9;
      k1 = k1 + 0xBB67AE85;
    }
    int word = c3;
    int lane = key & 3;
    if (lane == 0) {
      word = c0;
    } else if (lane == 1) {
      word = c1;
    } else if (lane == 2) {
      word = c2;
    }
    int kept = 0;
    if ((word >>> 8) >= dropThreshold) {
      kept = 1;
    }
    return kept;
  }
}
