package io.github.sparkattention.kernels.files;

import io.github.sparkattention.kernels.PlainException;
import java.io.IOException;

/**
 * A file of a model that breaks a rule of its format, or asks for what can't be done: tensors,
 * settings or a vocabulary.
 *
 * <p>The message is one sentence that names the file, the tensor or the key, and the rule, with
 * what was expected and what was found.
 */
public final class SafeTensorsException extends IOException {
  private static final long serialVersionUID = 1L;

  /** What is shown is cut here: a hostile header may hold a name of many thousand letters. */
  private static final int LONGEST_SHOWN = 200;

  /**
   * Makes a refusal.
   *
   * @param source the file's name
   * @param message the rest of the sentence
   */
  public SafeTensorsException(String source, String message) {
    super(source + ": " + message);
  }

  /**
   * Makes a refusal that has a cause.
   *
   * @param source the file's name
   * @param message the rest of the sentence
   * @param cause what was found out first
   */
  public SafeTensorsException(String source, String message, Throwable cause) {
    super(source + ": " + message, cause);
  }

  private Object writeReplace() {
    return PlainException.of(this);
  }

  /**
   * Text out of a file as a message shows it: short, and on one line.
   *
   * @param text the text
   * @return what to show
   */
  public static String shorten(String text) {
    String shown = text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "…";
    StringBuilder line = new StringBuilder();
    shown.chars().forEach(c -> line.append(Character.isISOControl(c) ? '?' : (char) c));
    return line.toString();
  }

  /**
   * A name out of a file as a message shows it: short, on one line and in quotes.
   *
   * @param name the name
   * @return what to show
   */
  public static String quote(String name) {
    return "'" + shorten(name) + "'";
  }
}
