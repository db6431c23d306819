package io.github.sparkattention.internal.batches;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What happens to a row whose sequence can't be computed. */
public enum InvalidRows {
  /** The task fails with an {@link InvalidSequenceException}. */
  ERROR,
  /** The row is dropped. */
  SKIP,
  /** The row stays, with null in the stage's output columns. */
  KEEP;

  /**
   * Reads a policy as users write it.
   *
   * @param text one of {@link #names()}
   * @return the policy
   */
  public static InvalidRows parse(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  /**
   * All policies as users write them.
   *
   * @return error, skip and keep
   */
  public static List<String> names() {
    return Arrays.stream(values()).map(InvalidRows::toString).toList();
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
