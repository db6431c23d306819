package io.github.sparkattention.kernels;

import java.util.function.Function;

/**
 * Something that an application may set.
 *
 * @param <T> the type of its values
 * @param name the name that users write
 * @param unset what holds where it is not set, as a user would write it; null for nothing
 * @param expected the values that it takes, as the end of a sentence that begins with "must be"
 * @param meaning what it decides, in Markdown
 * @param parse makes a value of a text without blanks around it, or throws {@link
 *     IllegalArgumentException}
 */
public record Setting<T>(
    String name, String unset, String expected, String meaning, Function<String, T> parse) {

  /**
   * The same setting below another name.
   *
   * @param prefix what the name starts with
   * @return the setting with the whole name
   */
  public Setting<T> below(String prefix) {
    return new Setting<>(prefix + name, unset, expected, meaning, parse);
  }

  /**
   * Reads the value.
   *
   * @param texts gives what the user wrote for a name, or null
   * @return the value that is set, or else the default, or null if there is none
   * @throws IllegalArgumentException if what is set is no value; the message says which setting,
   *     what was expected and what was found
   */
  public T read(Function<String, String> texts) {
    String text = texts.apply(name);
    String given = text == null ? unset : text;
    return given == null ? null : value(given);
  }

  /**
   * Makes a value of what a user wrote.
   *
   * @param text the text
   * @return the value
   * @throws IllegalArgumentException as {@link #read} throws it
   */
  public T value(String text) {
    String stripped = text.strip();
    try {
      return parse.apply(stripped);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          String.format("%s must be %s, but is '%s'", name, expected, stripped), e);
    }
  }
}
