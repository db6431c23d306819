package io.github.sparkattention.internal.results;

import java.util.Arrays;

/**
 * How a sequence's context vectors become one vector. All run over the tokens in their order, in
 * double arithmetic, so that the same context vectors give the same bits; a sequence without tokens
 * gives zeros.
 */
enum Pooling {
  /** The last token's context vector, which in causal attention has seen all tokens. */
  LAST {
    @Override
    void combine(float[] context, int from, int length, double[] pooled) {
      int last = from + (length - 1) * pooled.length;
      for (int d = 0; d < pooled.length; d++) {
        pooled[d] = context[last + d];
      }
    }
  },
  /** The sum of the context vectors, divided by their number. */
  MEAN {
    @Override
    void combine(float[] context, int from, int length, double[] pooled) {
      for (int token = 0; token < length; token++) {
        for (int d = 0; d < pooled.length; d++) {
          pooled[d] += context[from + token * pooled.length + d];
        }
      }
      for (int d = 0; d < pooled.length; d++) {
        pooled[d] /= length;
      }
    }
  },
  /** The largest value in each dimension. */
  MAX {
    @Override
    void combine(float[] context, int from, int length, double[] pooled) {
      Arrays.fill(pooled, Double.NEGATIVE_INFINITY);
      for (int token = 0; token < length; token++) {
        for (int d = 0; d < pooled.length; d++) {
          pooled[d] = Math.max(pooled[d], context[from + token * pooled.length + d]);
        }
      }
    }
  };

  /** Combines at least one context vector; {@code pooled} holds zeros. */
  abstract void combine(float[] context, int from, int length, double[] pooled);

  /**
   * Pools a sequence.
   *
   * @param context context vectors, row-major
   * @param from where the sequence's ones start
   * @param length number of tokens
   * @param pooled receives the result, as wide as a context vector
   */
  void pool(float[] context, int from, int length, double[] pooled) {
    Arrays.fill(pooled, 0);
    if (length > 0) {
      combine(context, from, length, pooled);
    }
  }
}
