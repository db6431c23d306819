package io.github.sparkattention.it.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/** Stops every task at a {@link Gate} before it starts, whatever the application. */
public final class GatePlugin implements SparkPlugin {
  /** The setting that tells the gate's port. */
  public static final String PORT = "spark.gate.port";

  /** Spark makes one. */
  public GatePlugin() {}

  @Override
  public DriverPlugin driverPlugin() {
    return null;
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      private int port;

      @Override
      public void init(PluginContext context, Map<String, String> extra) {
        port = context.conf().getInt(PORT, 0);
      }

      @Override
      public void onTaskStart() {
        try {
          Gate.stop(port);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    };
  }
}
