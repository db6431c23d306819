package io.github.sparkattention.plugin;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/** How many cores the executor of this JVM has, as far as its configuration says. */
public final class ExecutorCores {
  /** {@code local}, {@code local[4]}, {@code local[*]}, {@code local[4,2]}. */
  private static final Pattern LOCAL = Pattern.compile("local(?:\\[\\s*([0-9]+|\\*).*)?");

  /** {@code local-cluster[workers, cores per worker, memory]}. */
  private static final Pattern LOCAL_CLUSTER =
      Pattern.compile("local-cluster\\[\\s*[0-9]+\\s*,\\s*([0-9]+)\\s*,.*");

  private ExecutorCores() {}

  /**
   * The cores of this executor.
   *
   * @return the N of a local master, else {@code spark.executor.cores}, else what the machine has
   */
  public static int count() {
    SparkEnv env = SparkEnv.get();
    return env == null ? available() : count(env.conf());
  }

  static int count(SparkConf conf) {
    String master = conf.get("spark.master", "");
    Matcher local = LOCAL.matcher(master);
    if (local.matches()) {
      String cores = local.group(1) == null ? "1" : local.group(1);
      return cores.equals("*") ? available() : Integer.parseInt(cores);
    }
    Matcher cluster = LOCAL_CLUSTER.matcher(master);
    int fallback = cluster.matches() ? Integer.parseInt(cluster.group(1)) : available();
    return conf.getInt("spark.executor.cores", fallback);
  }

  private static int available() {
    return Runtime.getRuntime().availableProcessors();
  }
}
