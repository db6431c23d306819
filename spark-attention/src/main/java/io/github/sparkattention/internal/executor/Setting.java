package io.github.sparkattention.internal.executor;

import java.util.function.Function;
import org.apache.spark.SparkConf;

/**
 * One name that this project reads from Spark's configuration.
 *
 * @param name the name, which starts with {@value #PREFIX}
 * @param unset what holds where it is not set, as a user would write it; null for nothing
 * @param expected the values that it takes, as the end of a sentence that begins with "must be"
 * @param meaning what it decides, in Markdown
 * @param parse makes a value of a text without blanks around it, or throws {@link
 *     IllegalArgumentException}
 */
record Setting<T>(
    String name, String unset, String expected, String meaning, Function<String, T> parse) {
  /** What all names start with. */
  static final String PREFIX = "spark.attention.";

  /**
   * Reads the value from an application's configuration.
   *
   * @return the value that is set, or else the default, or null if there is none
   * @throws IllegalArgumentException if what is set is no value
   */
  T read(SparkConf conf) {
    String text = conf.get(name, unset);
    return text == null ? null : value(text);
  }

  /** Makes a value of what a user wrote. */
  T value(String text) {
    String stripped = text.strip();
    try {
      return parse.apply(stripped);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          String.format("%s must be %s, but is '%s'", name, expected, stripped), e);
    }
  }
}
