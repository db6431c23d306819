package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.AttentionConfig;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * One shape of work.
 *
 * @param name what the tables call it
 * @param config the layer
 * @param lengths tokens of each sequence of the batch
 */
record BenchmarkCase(String name, AttentionConfig config, List<Integer> lengths) {
  /** What the log-normal lengths of the ragged case are drawn from. */
  static final double MEDIAN_LENGTH = 60;

  static final double SIGMA = 1.0;
  static final int LONGEST = 1024;

  private static final int RAGGED_SEQUENCES = 256;
  private static final long RAGGED_SEED = 60;
  private static final int[][] UNIFORM = {{64, 32}, {16, 128}, {8, 512}, {4, 1024}, {2, 2048}};

  /** Every case, in the order of the tables. */
  static List<BenchmarkCase> all() {
    Stream<BenchmarkCase> uniform768 =
        Stream.of(1, 12)
            .flatMap(
                heads -> Stream.of(UNIFORM).map(shape -> uniform(768, heads, shape[0], shape[1])));
    Stream<BenchmarkCase> others =
        Stream.of(
            uniform(384, 12, 64, 128),
            new BenchmarkCase("ragged-768-12h", config(768, 12), raggedLengths(RAGGED_SEQUENCES)),
            new BenchmarkCase("tiny-16-1h-10000x4", config(16, 1), Collections.nCopies(10_000, 4)));
    return Stream.concat(uniform768, others).toList();
  }

  /** The tables of {@code bin/bench spark}. */
  static List<BenchmarkCase> inSpark(int rows) {
    return List.of(
        uniform(768, 12, rows, 128),
        new BenchmarkCase("ragged-768-12h", config(768, 12), raggedLengths(rows)));
  }

  static String names(List<BenchmarkCase> cases) {
    return cases.stream().map(BenchmarkCase::name).collect(Collectors.joining(", "));
  }

  private static BenchmarkCase uniform(int width, int heads, int batch, int tokens) {
    String name = String.format("%d-%dh-%dx%d", width, heads, batch, tokens);
    return new BenchmarkCase(name, config(width, heads), Collections.nCopies(batch, tokens));
  }

  private static AttentionConfig config(int width, int heads) {
    return AttentionConfig.builder(width, width).numHeads(heads).build();
  }

  private static List<Integer> raggedLengths(int sequences) {
    return raggedLengths(sequences, LONGEST);
  }

  /** Log-normal lengths, from a fixed seed. */
  static List<Integer> raggedLengths(int sequences, int longest) {
    SplittableRandom random = new SplittableRandom(RAGGED_SEED);
    return DoubleStream.generate(random::nextGaussian)
        .limit(sequences)
        .map(z -> MEDIAN_LENGTH * Math.exp(SIGMA * z))
        .mapToObj(n -> (int) Math.max(1, Math.min(longest, Math.round(n))))
        .toList();
  }

  /** Whether it is one of the ten cases over which the geometric means run. */
  boolean isUniform768() {
    return config.dIn() == 768 && isUniform();
  }

  /** Whether all sequences have the same length. */
  boolean isUniform() {
    return lengths.stream().distinct().count() == 1;
  }

  /** Whether it asks what a sequence costs beside its numbers. */
  boolean isTiny() {
    return config.dIn() == 16;
  }

  /** Tokens of the whole batch. */
  long tokens() {
    return lengths.stream().mapToLong(n -> n).sum();
  }

  /** The operations that the layer asks for: what a mask hides and what pads is not counted. */
  double operations() {
    double projectionPerToken = 2.0 * config.dIn() * (config.dOut() + 2.0 * config.kvWidth());
    double sum = 0;
    for (int n : lengths) {
      double visibleScores = n * (n + 1.0) / 2;
      sum += n * projectionPerToken + 4.0 * config.dOut() * visibleScores;
    }
    return sum;
  }

  /**
   * The bytes that must cross a device's memory at least: tokens and weights are read, projected
   * tokens written and read, context vectors written, each once.
   */
  double bytes() {
    double projected = config.dOut() + 2.0 * config.kvWidth();
    double perToken = config.dIn() + 2 * projected + config.dOut();
    return Float.BYTES * (tokens() * perToken + config.dIn() * projected);
  }
}
