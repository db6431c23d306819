package io.github.sparkattention.internal.batches;

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

  /** What holds where nobody says otherwise. */
  public static final BatchLimits DEFAULT = new BatchLimits(8192, 128L << 20, 1024);
}
