package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.contract.SeededWeights;
import java.util.SplittableRandom;

/**
 * The numbers of a case, the same ones for every contender and in every run.
 *
 * @param config the layer
 * @param weights its weights
 * @param sequences the batch
 */
record Workload(AttentionConfig config, AttentionWeights weights, PackedSequences sequences) {
  /** The seed of every layer's weights. */
  static final long WEIGHTS_SEED = 123;

  private static final long TOKENS_SEED = 7;

  static Workload of(BenchmarkCase benchmarkCase) {
    AttentionConfig config = benchmarkCase.config();
    int count = benchmarkCase.lengths().size();
    int[] offsets = new int[count + 1];
    for (int s = 0; s < count; s++) {
      offsets[s + 1] = offsets[s] + benchmarkCase.lengths().get(s);
    }
    float[] tokens = new float[offsets[count] * config.dIn()];
    SplittableRandom random = new SplittableRandom(TOKENS_SEED);
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = (float) random.nextGaussian();
    }
    return new Workload(
        config,
        SeededWeights.attention(config, WEIGHTS_SEED),
        PackedSequences.of(tokens, config.dIn(), offsets, count));
  }

  /** How many values a context of the whole batch has. */
  int contextLength() {
    return sequences.total() * config.dOut();
  }
}
