package io.github.sparkattention.internal.expressions;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What becomes of a text with more ids than a stage allows. */
public enum LongRows {
  /** It can't be computed. */
  ERROR,
  /** Its first ids stay, and the row is counted. */
  TRUNCATE,
  /** It becomes several sequences, one after another. */
  SPLIT;

  /**
   * Reads a policy as users write it.
   *
   * @param text one of {@link #names()}
   * @return the policy
   */
  public static LongRows parse(String text) {
    return valueOf(text.toUpperCase(Locale.ROOT));
  }

  /**
   * All policies as users write them.
   *
   * @return error, truncate and split
   */
  public static List<String> names() {
    return Arrays.stream(values()).map(LongRows::toString).toList();
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
