package io.github.sparkattention.internal.executor;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/** How many cores the executor of this JVM has. */
public final class ExecutorCores {
  /** {@code local}, {@code local[4]}, {@code local[*]}, {@code local[4,2]}. */
  private static final Pattern LOCAL = Pattern.compile("local(?:\\[\\s*([0-9]+|\\*).*)?");

  /**
   * What every cluster manager starts its executors with. The settings don't tell: without {@code
   * spark.executor.cores} a standalone worker gives an executor all of its own cores.
   */
  private static final Pattern EXECUTOR =
      Pattern.compile("\\S*ExecutorBackend\\s(?:.*\\s)?--cores\\s+([0-9]+)(?:\\s.*)?");

  private static final String COMMAND = System.getProperty("sun.java.command", "");

  private ExecutorCores() {}

  /**
   * The cores of this executor.
   *
   * @return the N of a local master, else what the executor was started with, else {@code
   *     spark.executor.cores}, else what the machine has
   */
  public static int count() {
    SparkEnv env = SparkEnv.get();
    return env == null ? available() : count(env.conf(), COMMAND);
  }

  static int count(SparkConf conf, String command) {
    Matcher local = LOCAL.matcher(conf.get("spark.master", ""));
    if (local.matches()) {
      String cores = local.group(1) == null ? "1" : local.group(1);
      return cores.equals("*") ? available() : Integer.parseInt(cores);
    }
    Matcher executor = EXECUTOR.matcher(command);
    return executor.matches()
        ? Integer.parseInt(executor.group(1))
        : conf.getInt("spark.executor.cores", available());
  }

  private static int available() {
    return Runtime.getRuntime().availableProcessors();
  }
}
