package io.github.sparkattention.kernels.threads;

import java.util.List;

/**
 * Steps whose rows depend on their own token alone. A block of tokens goes through all of them on
 * one thread, so that what stands between two steps stays in its cache, and takes no more room than
 * a block has.
 */
final class TokenwiseStage implements Stage {
  /**
   * Tokens of a block, give or take a group, where all weights of the stage stay in a processor's
   * shared cache: packed, the tokens stay in a core's own cache while the weights stream through
   * it.
   */
  private static final int FEW_TOKENS = 48;

  /**
   * Tokens of a block where weights come from memory, whose bandwidth the cores share: each byte
   * then serves so many tokens that cores compute longer than they wait.
   */
  private static final int MANY_TOKENS = 288;

  /** Bytes of weights that a shared cache is taken to hold, beside what else is in it. */
  private static final long CACHED_BYTES = 16 << 20;

  /** Blocks are whole groups of rows of the micro-kernels. */
  private static final int TOKEN_GROUP = 12;

  private final List<TokenwiseStep> steps;
  private final int blockTokens;

  /**
   * Takes steps that follow one another.
   *
   * @param steps the steps
   * @param weightBytes bytes of their weights
   */
  TokenwiseStage(List<TokenwiseStep> steps, long weightBytes) {
    this.steps = List.copyOf(steps);
    this.blockTokens = weightBytes <= CACHED_BYTES ? FEW_TOKENS : MANY_TOKENS;
  }

  /** One step of a block. */
  @FunctionalInterface
  interface TokenwiseStep {
    void run(Span.Block block);
  }

  @Override
  public int blockTokens() {
    return blockTokens;
  }

  /** Cuts the tokens into equal blocks, a multiple of the cores in number. */
  @Override
  public void run(Span span, WorkerPool pool) {
    int count = span.count();
    if (count == 0) {
      return;
    }
    int groups = ceilDiv(count, TOKEN_GROUP);
    int blocks = Math.min(groups, ceilDiv(count, blockTokens * pool.cores()) * pool.cores());
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
