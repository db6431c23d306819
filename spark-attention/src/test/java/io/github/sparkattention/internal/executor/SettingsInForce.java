package io.github.sparkattention.internal.executor;

import org.apache.spark.SparkEnv;

/** Changes settings of the running application, as only tests may. */
public final class SettingsInForce {
  private SettingsInForce() {}

  public static void set(String name, String value) {
    SparkEnv.get().conf().set(name, value);
  }

  /** Leaves every setting of this project unset. */
  public static void clear() {
    for (var setting : SparkEnv.get().conf().getAllWithPrefix("spark.attention.")) {
      SparkEnv.get().conf().remove("spark.attention." + setting._1());
    }
  }
}
