package io.github.sparkattention.kernels.threads;

/** One loop over the worker pool: some tokenwise steps of a program, or one that is not. */
@FunctionalInterface
interface Stage {

  /** Runs a span's tokens through the stage. */
  void run(Span span, WorkerPool pool);

  /** Tokens of a block that suit the stage's weights; 0 if it has no blocks of tokens. */
  default int blockTokens() {
    return 0;
  }
}
