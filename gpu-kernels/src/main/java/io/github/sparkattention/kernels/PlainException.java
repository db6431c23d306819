package io.github.sparkattention.kernels;

import java.io.IOException;

/**
 * What is written of an exception when it is serialized: the same message, trace and causes in
 * classes of the JDK. A thread that reads it in another JVM may know neither this project's classes
 * nor those of its libraries, and would lose the message with the class.
 */
public final class PlainException {
  private PlainException() {}

  /**
   * Copies an exception of this project.
   *
   * @param exception the exception
   * @return an {@link IOException} if it is one, or else a {@link RuntimeException}
   */
  public static Exception of(Exception exception) {
    return copy(exception, exception.getMessage());
  }

  private static Exception copy(Throwable thrown, String message) {
    Throwable cause = thrown.getCause() == null ? null : known(thrown.getCause());
    Exception copy =
        thrown instanceof IOException
            ? new IOException(message, cause)
            : new RuntimeException(message, cause);
    copy.setStackTrace(thrown.getStackTrace());
    for (Throwable suppressed : thrown.getSuppressed()) {
      copy.addSuppressed(known(suppressed));
    }
    return copy;
  }

  /** The JDK's own are known everywhere; of others the class is told by the message. */
  private static Throwable known(Throwable thrown) {
    return thrown.getClass().getClassLoader() == null ? thrown : copy(thrown, thrown.toString());
  }
}
