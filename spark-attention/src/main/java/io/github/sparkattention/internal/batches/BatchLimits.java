package io.github.sparkattention.internal.batches;

import io.github.sparkattention.kernels.Program;
import java.io.Serializable;

/**
 * How large a batch may become, and what a row may ask for.
 *
 * @param tokens most tokens of a batch, unless one row alone has more
 * @param bytes most bytes that a batch's rows, tokens and results may take, unless one row alone
 *     takes more
 * @param weightsLength the longest sequence whose attention weights may be asked for, in tokens
 */
public record BatchLimits(int tokens, long bytes, int weightsLength) implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * Multiply-adds of a batch beyond which a larger one is no faster, on a device either, and only
   * takes more memory for the results of its tokens.
   */
  private static final long ENOUGH_WORK = 1L << 35;

  /** So many tokens a batch may have, however much work they are. */
  private static final long FEWEST_TOKENS = 2048;

  /** What holds where nobody says otherwise. */
  public static final BatchLimits DEFAULT = new BatchLimits(8192, 128L << 20, 1024);

  /** These limits, with as many tokens as are enough work for one batch of a program. */
  public BatchLimits of(Program program) {
    long enough = Math.max(FEWEST_TOKENS, ENOUGH_WORK / Math.max(1, program.work(1)));
    return new BatchLimits((int) Math.min(tokens, enough), bytes, weightsLength);
  }
}
