package io.github.sparkattention.kernels;

/** Thrown when the backend that was asked for can't be opened; the message says why. */
public final class BackendUnavailableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the exception.
   *
   * @param message what was asked for, what was found, and what to do
   */
  public BackendUnavailableException(String message) {
    super(message);
  }

  private Object writeReplace() {
    return PlainException.of(this);
  }
}
