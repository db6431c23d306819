package io.github.sparkattention.sql;

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
    void add(int token, int last, float[] context, int from, double[] pooled) {
      for (int d = 0; d < pooled.length && token == last; d++) {
        pooled[d] = context[from + d];
      }
    }
  },
  /** The sum of the context vectors, divided by their number. */
  MEAN {
    @Override
    void add(int token, int last, float[] context, int from, double[] pooled) {
      for (int d = 0; d < pooled.length; d++) {
        pooled[d] += context[from + d];
      }
      for (int d = 0; d < pooled.length && token == last; d++) {
        pooled[d] /= last + 1;
      }
    }
  },
  /** The largest value in each dimension. */
  MAX {
    @Override
    void add(int token, int last, float[] context, int from, double[] pooled) {
      for (int d = 0; d < pooled.length; d++) {
        pooled[d] = token == 0 ? context[from + d] : Math.max(pooled[d], context[from + d]);
      }
    }
  };

  /**
   * Takes one token in.
   *
   * @param token the token, 0 to {@code last}
   * @param last the last token
   * @param context context vectors
   * @param from where the token's one starts
   * @param pooled what was pooled of the tokens before
   */
  abstract void add(int token, int last, float[] context, int from, double[] pooled);

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
    for (int token = 0; token < length; token++) {
      add(token, length - 1, context, from + token * pooled.length, pooled);
    }
  }
}
