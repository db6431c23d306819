package io.github.sparkattention.kernels;

import java.util.Arrays;

/**
 * The oracle: attention written to be read, in double precision, one loop per line of the formula.
 *
 * <p>Slow on purpose; the backends are tested against it. Source: Vaswani et al., "Attention Is All
 * You Need", 2017, section 3.2, with the variations that {@link AttentionConfig} names.
 */
public final class ReferenceAttention {
  private final AttentionConfig config;
  private final AttentionWeights weights;

  /**
   * Takes a layer's settings and weights.
   *
   * @param config the settings
   * @param weights the weights
   * @throws IllegalArgumentException if they contradict each other
   */
  public ReferenceAttention(AttentionConfig config, AttentionWeights weights) {
    weights.check(config);
    this.config = config;
    this.weights = weights;
  }

  /**
   * Computes a batch, each value rounded to float once, at the end.
   *
   * @param sequences the batch
   * @param output the arrays to fill
   * @param dropout the draws that drop attention weights, or {@link Dropout#NONE}
   * @throws IllegalArgumentException if the batch or the arrays don't fit
   */
  public void forward(PackedSequences sequences, AttentionOutput output, Dropout dropout) {
    output.check(config, sequences, dropout);
    int weightsAt = 0;
    for (int s = 0; s < sequences.count(); s++) {
      int n = sequences.length(s);
      double[][] x = tokens(sequences, s);
      double[][] q = project(weights.query(), x);
      double[][] k = project(weights.key(), x);
      double[][] v = project(weights.value(), x);
      double[][] heads = new double[n][config.dOut()];
      for (int h = 0; h < config.numHeads(); h++) {
        for (int i = 0; i < n; i++) {
          double[] p = scores(h, i, q[i], k);
          double logSumExp = softmax(p);
          if (dropout.isActive()) {
            drop(p, dropout.generatorKey(s), h, i);
          }
          attend(h, p, v, heads[i]);
          if (output.weights() != null) {
            weightsAt = store(p, output.weights(), weightsAt);
          }
          if (output.logSumExp() != null) {
            int sumAt = sequences.offset(s) * config.numHeads() + h * n + i;
            output.logSumExp()[sumAt] = (float) logSumExp;
          }
        }
      }
      double[][] context = config.outProjection() ? project(weights.out(), heads) : heads;
      int at = sequences.offset(s) * config.dOut();
      for (double[] row : context) {
        at = store(row, output.context(), at);
      }
    }
  }

  private double[][] tokens(PackedSequences sequences, int sequence) {
    double[][] x = new double[sequences.length(sequence)][config.dIn()];
    for (int i = 0; i < x.length; i++) {
      int from = (sequences.offset(sequence) + i) * config.dIn();
      for (int j = 0; j < config.dIn(); j++) {
        x[i][j] = sequences.tokens()[from + j];
      }
    }
    return x;
  }

  /** y = W x + b for each token. */
  private static double[][] project(Linear linear, double[][] x) {
    double[][] y = new double[x.length][linear.outFeatures()];
    for (int i = 0; i < x.length; i++) {
      for (int o = 0; o < linear.outFeatures(); o++) {
        double sum = linear.hasBias() ? linear.bias()[o] : 0;
        for (int j = 0; j < linear.inFeatures(); j++) {
          sum += linear.weight()[o * linear.inFeatures() + j] * x[i][j];
        }
        y[i][o] = sum;
      }
    }
    return y;
  }

  /** q·k · scale for each key, capped, and minus infinity where the mask hides the key. */
  private double[] scores(int head, int query, double[] q, double[][] k) {
    double[] scores = new double[k.length];
    Arrays.fill(scores, Double.NEGATIVE_INFINITY);
    int end = config.endKey(query, k.length);
    for (int j = config.firstKey(query); j < end; j++) {
      double dot = 0;
      for (int d = 0; d < config.headDim(); d++) {
        dot += q[head * config.headDim() + d] * k[j][config.kvHead(head) * config.headDim() + d];
      }
      double s = dot * config.scale();
      scores[j] = config.softcap() == 0 ? s : config.softcap() * Math.tanh(s / config.softcap());
    }
    return scores;
  }

  /** Turns scores into their softmax, and returns the logarithm of the sum of exponentials. */
  private static double softmax(double[] p) {
    double max = Arrays.stream(p).max().orElse(0);
    double sum = 0;
    for (int j = 0; j < p.length; j++) {
      p[j] = Math.exp(p[j] - max);
      sum += p[j];
    }
    for (int j = 0; j < p.length; j++) {
      p[j] /= sum;
    }
    return max + Math.log(sum);
  }

  private void drop(double[] p, long generatorKey, int head, int query) {
    int threshold = Dropout.threshold(config.dropout());
    for (int j = 0; j < p.length; j++) {
      boolean kept = Dropout.keeps(generatorKey, head, query, j, threshold);
      p[j] = kept ? p[j] / (1 - (double) config.dropout()) : 0;
    }
  }

  /** Adds the values, weighted, to the head's part of the joined output. */
  private void attend(int head, double[] p, double[][] v, double[] joined) {
    for (int j = 0; j < p.length; j++) {
      for (int d = 0; d < config.headDim(); d++) {
        joined[head * config.headDim() + d] +=
            p[j] * v[j][config.kvHead(head) * config.headDim() + d];
      }
    }
  }

  private static int store(double[] row, float[] out, int at) {
    for (double value : row) {
      out[at++] = (float) value;
    }
    return at;
  }
}
