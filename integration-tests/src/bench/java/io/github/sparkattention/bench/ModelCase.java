package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.PackedSequences;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One shape of work for a whole model.
 *
 * @param name what the tables call it
 * @param lengths tokens of each sequence of the batch
 */
record ModelCase(String name, List<Integer> lengths) {
  private static final int RAGGED_SEQUENCES = 256;
  private static final long IDS_SEED = 11;

  /** The cases of a model, in the order of the tables. */
  static List<ModelCase> of(String model, int longest) {
    return List.of(
        new ModelCase(model + "-32x128", Collections.nCopies(32, 128)),
        new ModelCase(model + "-8x512", Collections.nCopies(8, 512)),
        new ModelCase(model + "-ragged", BenchmarkCase.raggedLengths(RAGGED_SEQUENCES, longest)));
  }

  /** Whether all sequences have the same length. */
  boolean isUniform() {
    return lengths.stream().distinct().count() == 1;
  }

  /** Random ids, the same ones for every contender and in every run. */
  PackedSequences batch(int vocabulary) {
    SplittableRandom random = new SplittableRandom(IDS_SEED);
    return PackedSequences.packIds(
        lengths.stream().map(n -> random.ints(n, 0, vocabulary).toArray()).toArray(int[][]::new));
  }

  /** Tokens of the whole batch. */
  long tokens() {
    return lengths.stream().mapToLong(n -> n).sum();
  }

  /** The operations that the blocks ask for: what a mask hides and what pads is not counted. */
  double operations(ModelConfig config) {
    Heads heads = config.heads();
    double maps = config.gated() ? 3 : 2;
    double weights =
        (double) config.width() * (2.0 * heads.dOut() + 2.0 * heads.kvWidth())
            + maps * config.width() * config.hidden();
    double sum = 0;
    for (int n : lengths) {
      double scores = heads.causal() ? n * (n + 1.0) / 2 : (double) n * n;
      sum += 2 * n * weights + 4 * heads.dOut() * scores;
    }
    return config.layers() * sum;
  }
}
