package io.github.sparkattention.plot;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Weights that are like attention's. */
final class Sample {
  private static final long SEED = 7;

  private Sample() {}

  /** Rows that sum to 1, of which query i sees keys i - window + 1 to i. */
  static float[][][] causal(int heads, int length, int window) {
    Random random = new Random(SEED);
    float[][][] weights = new float[heads][length][length];
    for (float[][] head : weights) {
      for (int query = 0; query < length; query++) {
        float sum = 0;
        for (int key = Math.max(0, query - window + 1); key <= query; key++) {
          head[query][key] = (float) Math.exp(2 * random.nextGaussian());
          sum += head[query][key];
        }
        for (int key = 0; key <= query; key++) {
          head[query][key] /= sum;
        }
      }
    }
    return weights;
  }

  static List<String> tokens(int length) {
    return IntStream.range(0, length).mapToObj(i -> "token" + i).toList();
  }
}
