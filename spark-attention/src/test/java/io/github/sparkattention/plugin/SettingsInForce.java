package io.github.sparkattention.plugin;

import org.apache.spark.SparkEnv;

/** Changes settings of the running application, as only tests may. */
final class SettingsInForce {
  private SettingsInForce() {}

  static void set(String name, String value) {
    SparkEnv.get().conf().set(name, value);
  }

  /** Leaves every setting of this project unset. */
  static void clear() {
    for (var setting : SparkEnv.get().conf().getAllWithPrefix("spark.attention.")) {
      SparkEnv.get().conf().remove("spark.attention." + setting._1());
    }
  }
}
