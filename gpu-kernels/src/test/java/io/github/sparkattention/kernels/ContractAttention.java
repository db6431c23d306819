package io.github.sparkattention.kernels;

/**
 * The numeric contract written out element by element, with nothing blocked, packed or shared: what
 * every backend must equal to the last bit. Shares {@link ContractMath} with the backends, and no
 * other code.
 */
final class ContractAttention {
  private final AttentionConfig config;
  private final AttentionWeights weights;

  ContractAttention(AttentionConfig config, AttentionWeights weights) {
    this.config = config;
    this.weights = weights;
  }

  /**
   * One sequence [n, dIn] to [n, dOut]; {@code attention} [numHeads, n, n] may be null, and {@code
   * logSumExp} [numHeads, n], too.
   */
  float[] forward(float[] x, float[] attention, float[] logSumExp, Dropout dropout, int sequence) {
    int n = x.length / config.dIn();
    float[] q = project(weights.query(), x, n);
    for (int i = 0; i < q.length; i++) {
      q[i] *= ContractMath.queryScale(config);
    }
    float[] k = project(weights.key(), x, n);
    float[] v = project(weights.value(), x, n);
    float[] joined = new float[n * config.dOut()];
    for (int h = 0; h < config.numHeads(); h++) {
      for (int i = 0; i < n; i++) {
        query(h, i, n, q, k, v, joined, attention, logSumExp, dropout, sequence);
      }
    }
    return config.outProjection() ? project(weights.out(), joined, n) : joined;
  }

  private static float[] project(Linear linear, float[] x, int n) {
    float[] y = new float[n * linear.outFeatures()];
    for (int t = 0; t < n; t++) {
      for (int o = 0; o < linear.outFeatures(); o++) {
        float sum = linear.hasBias() ? linear.bias()[o] : 0f;
        for (int j = 0; j < linear.inFeatures(); j++) {
          sum =
              Math.fma(
                  linear.weight()[o * linear.inFeatures() + j],
                  x[t * linear.inFeatures() + j],
                  sum);
        }
        y[t * linear.outFeatures() + o] = sum;
      }
    }
    return y;
  }

  private void query(
      int h,
      int i,
      int n,
      float[] q,
      float[] k,
      float[] v,
      float[] joined,
      float[] attention,
      float[] logSumExp,
      Dropout dropout,
      int sequence) {
    int from = config.firstKey(i);
    int to = config.endKey(i, n);
    float[] s = new float[n];
    for (int j = from; j < to; j++) {
      s[j] = score(h, i, j, q, k);
    }
    float max = ContractMath.NO_MAXIMUM;
    float total = 0f;
    float[] sums = new float[config.headDim()];
    int keyBlock = ContractMath.KEY_BLOCK;
    for (int block = from / keyBlock * keyBlock; block < to; block += keyBlock) {
      float old = max;
      for (int j = Math.max(from, block); j < Math.min(to, block + keyBlock); j++) {
        max = Math.max(max, s[j]);
      }
      float rescale = ContractMath.exp2(old - max);
      float blockTotal = 0f;
      for (int d = 0; d < sums.length; d++) {
        sums[d] *= rescale;
      }
      for (int j = Math.max(from, block); j < Math.min(to, block + keyBlock); j++) {
        float p = ContractMath.exp2(s[j] - max);
        blockTotal += p;
        float kept = keeps(dropout, sequence, h, i, j) ? p : 0f;
        for (int d = 0; d < sums.length; d++) {
          sums[d] = Math.fma(kept, v[kv(h, j) + d], sums[d]);
        }
      }
      total = Math.fma(total, rescale, blockTotal);
    }
    if (logSumExp != null) {
      logSumExp[h * n + i] = ContractMath.logSumExp(max, total);
    }
    float normalizer = ContractMath.reciprocal(total);
    if (dropout.isActive()) {
      normalizer *= Dropout.keptScale(config.dropout());
    }
    for (int d = 0; d < sums.length; d++) {
      joined[i * config.dOut() + h * config.headDim() + d] = Math.fma(sums[d], normalizer, 0f);
    }
    if (attention != null) {
      for (int j = from; j < to; j++) {
        float p = keeps(dropout, sequence, h, i, j) ? ContractMath.exp2(s[j] - max) : 0f;
        attention[(h * n + i) * n + j] = p * normalizer;
      }
    }
  }

  private float score(int h, int i, int j, float[] q, float[] k) {
    float sum = 0f;
    for (int d = 0; d < config.headDim(); d++) {
      sum = Math.fma(q[i * config.dOut() + h * config.headDim() + d], k[kv(h, j) + d], sum);
    }
    return config.softcap() == 0 ? sum : ContractMath.softcap(sum, ContractMath.base2Cap(config));
  }

  private int kv(int h, int j) {
    return j * config.kvWidth() + config.kvHead(h) * config.headDim();
  }

  private boolean keeps(Dropout dropout, int sequence, int h, int i, int j) {
    return !dropout.isActive()
        || Dropout.keeps(
            dropout.generatorKey(sequence), h, i, j, Dropout.threshold(config.dropout()));
  }
}
