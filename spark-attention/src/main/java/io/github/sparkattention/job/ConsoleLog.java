package io.github.sparkattention.job;

/** Keeps Spark's log from covering what the commands print. */
final class ConsoleLog {
  private static final String PROPERTY = "log4j2.configurationFile";
  private static final String QUIET = "io/github/sparkattention/job/log4j2.properties";

  private ConsoleLog() {}

  /**
   * Chooses the quiet logging of this package, unless the user has chosen another. Only before the
   * first logger is made; spark-submit has made its own by then, and its configuration stands.
   */
  static void configure() {
    if (System.getProperty(PROPERTY) == null) {
      System.setProperty(PROPERTY, QUIET);
    }
  }
}
