package io.github.sparkattention.internal.forms;

/** What can be wrong with a token, in the same words for every form of sequence. */
final class TokenFaults {
  private TokenFaults() {}

  static String nullToken(int token) {
    return String.format("token %d is null", token);
  }

  static String nullValue(int token, int dimension) {
    return String.format("token %d is null at dimension %d", token, dimension);
  }

  static String width(int token, int found, int dIn) {
    return String.format("token %d has %d values, but dIn is %d", token, found, dIn);
  }

  static String notFinite(int token, int dimension, double value) {
    return String.format(
        "token %d is %s at dimension %d, which is not finite as a float", token, value, dimension);
  }
}
