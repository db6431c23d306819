package io.github.sparkattention.internal.batches;

import io.github.sparkattention.kernels.PlainException;

/**
 * Thrown when a row's sequence can't be computed and the stage's {@code handleInvalid} is {@code
 * error}, or when the executor has too little memory for it. The message names the stage, the
 * column, the partition, the row's ordinal in it, the limit and the value found.
 */
public final class InvalidSequenceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the exception.
   *
   * @param message what was expected, what was found, and where
   */
  public InvalidSequenceException(String message) {
    super(message);
  }

  private Object writeReplace() {
    return PlainException.of(this);
  }
}
