package io.github.sparkattention.bench;

/**
 * What one contender reached in one case.
 *
 * @param benchmarkCase the case
 * @param contender who
 * @param threads on how many threads
 * @param timing what the rounds took
 * @param ratio this project's throughput divided by the contender's
 */
record Result(
    BenchmarkCase benchmarkCase, String contender, int threads, Timing timing, double ratio) {

  /** GFLOP/s in the median round. */
  double gigaflops() {
    return benchmarkCase.operations() / (timing.median() * 1e6);
  }

  /** Million tokens a second in the median round. */
  double millionTokens() {
    return benchmarkCase.tokens() / (timing.median() * 1e3);
  }

  /** Microseconds a sequence in the median round. */
  double microsPerSequence() {
    return timing.median() * 1e3 / benchmarkCase.lengths().size();
  }
}
