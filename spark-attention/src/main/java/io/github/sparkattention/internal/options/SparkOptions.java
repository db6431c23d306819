package io.github.sparkattention.internal.options;

import io.github.sparkattention.internal.executor.AttentionSettings;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.plugin.AttentionPlugin;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Option;

/** Where and how Spark runs. */
public final class SparkOptions {
  /** The option that adds the stack trace to what is said of a failure. */
  public static final String VERBOSE = "--verbose";

  @Option(
      names = "--master",
      paramLabel = "URL",
      description = "Spark master; without it the one that spark-submit was given, else local[*].")
  private String master;

  @Option(
      names = "--conf",
      paramLabel = "K=V",
      description = "A Spark setting; may be given more than once.")
  private Map<String, String> conf = new LinkedHashMap<>();

  @Option(names = VERBOSE, description = "On failure also print the stack trace.")
  @SuppressWarnings("unused") // Read from the arguments, for also a failure to parse them needs it.
  private boolean verbose;

  /**
   * Starts Spark with the plugin, so that executors open what they compute on, and tell of it.
   *
   * @param application its name, unless the user gives another
   * @param backend what executors open; null for what {@code spark.attention.backend} says
   */
  public SparkSession start(String application, BackendPolicy backend) {
    SparkConf spark = conf(application);
    AttentionPlugin.addTo(spark);
    if (backend != null) {
      spark.set(AttentionSettings.BACKEND, backend.toString());
    }
    return SparkSession.builder().config(spark).getOrCreate();
  }

  private SparkConf conf(String application) {
    // What spark-submit was told comes as system properties, which a SparkConf reads.
    SparkConf spark = new SparkConf();
    conf.forEach(spark::set);
    if (master != null) {
      spark.setMaster(master);
    }
    spark.setIfMissing("spark.app.name", application);
    spark.setIfMissing("spark.master", "local[*]");
    spark.setIfMissing("spark.ui.enabled", "false");
    spark.setIfMissing("spark.ui.showConsoleProgress", "true");
    if (spark.get("spark.master").startsWith("local")) {
      // Nobody connects from outside, and a machine's own name need not resolve.
      spark.setIfMissing("spark.driver.host", "127.0.0.1");
      spark.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
    }
    return spark;
  }

  /** What computes, for messages. */
  public static String backend(SparkSession session) {
    return session.conf().get(AttentionSettings.BACKEND, BackendPolicy.AUTO.toString());
  }

  /** Where Spark will run, for messages. */
  public static String master(SparkSession session) {
    return session.sparkContext().master();
  }
}
