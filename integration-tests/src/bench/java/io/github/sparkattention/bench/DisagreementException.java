package io.github.sparkattention.bench;

/** Two contenders gave different numbers; the message names case, contender and row. */
final class DisagreementException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DisagreementException(String message) {
    super(message);
  }
}
