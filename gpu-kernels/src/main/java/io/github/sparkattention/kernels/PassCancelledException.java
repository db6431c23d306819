package io.github.sparkattention.kernels;

import java.util.concurrent.CancellationException;

/**
 * A forward pass ended without results, since its caller had given it up. Nothing failed: no other
 * backend stands in.
 */
public final class PassCancelledException extends CancellationException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the exception.
   *
   * @param message how the pass was given up, as a sentence
   */
  public PassCancelledException(String message) {
    super(message);
  }

  private Object writeReplace() {
    return PlainException.of(this);
  }
}
