package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.ModelConfig;

/**
 * What one contender reached with a model.
 *
 * @param modelCase the case
 * @param config the model
 * @param contender who
 * @param threads on how many threads
 * @param timing what the rounds took
 * @param ratio this project's throughput divided by the contender's
 */
record ModelResult(
    ModelCase modelCase,
    ModelConfig config,
    String contender,
    int threads,
    Timing timing,
    double ratio) {

  /** GFLOP/s of the blocks in the median round. */
  double gigaflops() {
    return modelCase.operations(config) / (timing.median() * 1e6);
  }

  /** Tokens a second in the median round. */
  double tokensPerSecond() {
    return modelCase.tokens() / (timing.median() * 1e-3);
  }
}
