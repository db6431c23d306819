package io.github.sparkattention.kernels.threads;

import java.util.List;

/**
 * Steps whose rows depend on their own token alone. A block of tokens goes through all of them on
 * one thread, so that what stands between two steps stays in its cache, and takes no more room than
 * a block has.
 */
final class TokenwiseStage implements Stage {
  /**
   * Tokens of a block, give or take a group: packed, they stay in a core's cache while panels of W
   * stream through it.
   */
  private static final int MOST_TOKENS = 48;

  /** Blocks are whole groups of rows of the micro-kernels. */
  private static final int TOKEN_GROUP = 12;

  private final List<TokenwiseStep> steps;

  TokenwiseStage(List<TokenwiseStep> steps) {
    this.steps = List.copyOf(steps);
  }

  /** One step of a block. */
  @FunctionalInterface
  interface TokenwiseStep {
    void run(Span.Block block);
  }

  /** Cuts the tokens into equal blocks, a multiple of the cores in number. */
  @Override
  public void run(Span span, WorkerPool pool) {
    int count = span.count();
    if (count == 0) {
      return;
    }
    int groups = ceilDiv(count, TOKEN_GROUP);
    int blocks = Math.min(groups, ceilDiv(count, MOST_TOKENS * pool.cores()) * pool.cores());
    pool.run(
        blocks,
        span.cancellation,
        index -> {
          int begin = (int) ((long) groups * index / blocks) * TOKEN_GROUP;
          int end = (int) ((long) groups * (index + 1) / blocks) * TOKEN_GROUP;
          Span.Block block = span.new Block(begin, Math.min(count, end));
          steps.forEach(step -> step.run(block));
        });
  }

  private static int ceilDiv(int value, int divisor) {
    return (value + divisor - 1) / divisor;
  }
}
