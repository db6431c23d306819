package io.github.sparkattention.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.codahale.metrics.Gauge;
import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.internal.executor.AttentionSettings;
import io.github.sparkattention.internal.executor.ChildJvm;
import io.github.sparkattention.internal.executor.ExecutorReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.source.Source;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.jdk.javaapi.CollectionConverters;

/** Applications with the plugin, each in a JVM of its own: this one's has none. */
class AttentionPluginTest {
  @TempDir private Path folder;

  @Test
  void theExecutorOpensItsBackendAtStartAndReportsWhatItComputes() {
    List<String> said =
        ChildJvm.run(folder, Computes.class, List.of()).lines().filter(saidBy("said: ")).toList();
    assertThat(said.subList(0, 3))
        .containsExactly(
            "said: 1 executor, driver, 2 threads, since backend 'threads' was asked for",
            "said: tokens 0, batches 0, kernels idle, up 0, down 0, fallbacks 0",
            "said: tokens 12, batches 4, kernels busy, up 0, down 0, fallbacks 0");
    assertThat(said.get(3))
        .isEqualTo("said: told of 12 tokens in 4 batches by driver, kernels busy, fallbacks 0");
    if (RequiredDevice.list().devices().isEmpty()) {
      assertThat(said).hasSize(5).element(4).asString().startsWith("said: 2 backends, fallback: ");
    } else {
      assertThat(said.get(4)).startsWith("said: 2 backends, device: OpenCL (");
      assertThat(said.get(5)).matches("said: memory [1-9]\\d*, held [1-9]\\d*, up true, down true");
    }
  }

  @Test
  void withoutADeviceAnApplicationThatAsksForOpenClDoesNotStart() {
    String log = ChildJvm.run(folder, FindsNoDevice.class, List.of());
    assertThat(log.lines().filter(saidBy("said: ")))
        .singleElement()
        .asString()
        .startsWith("said: BackendUnavailableException: backend 'opencl' was asked for, but ");
  }

  @Test
  void itIsAddedOnceBesideOtherPlugins() {
    String name = AttentionPlugin.class.getName();
    SparkConf conf = new SparkConf(false);
    AttentionPlugin.addTo(conf);
    assertThat(conf.get("spark.plugins")).isEqualTo(name);
    conf.set("spark.plugins", "a.Plugin , b.Plugin");
    AttentionPlugin.addTo(conf);
    AttentionPlugin.addTo(conf);
    assertThat(conf.get("spark.plugins")).isEqualTo("a.Plugin , b.Plugin," + name);
  }

  @Test
  void anApplicationWithoutThePluginIsToldSo() {
    assertThat(AttentionPlugin.isRunning()).isFalse();
    assertThatThrownBy(AttentionPlugin::executors)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "executors report to a driver that has started with"
                + " spark.plugins=io.github.sparkattention.plugin.AttentionPlugin,"
                + " and here is none");
  }

  private static Predicate<String> saidBy(String start) {
    return line -> line.startsWith(start);
  }

  private static void say(String format, Object... arguments) {
    System.out.printf("said: " + format + "%n", arguments);
  }

  private static SparkSession start(String name, String value) {
    SparkConf conf = new SparkConf().setMaster("local[2]").setAppName("plugin").set(name, value);
    conf.set(AttentionSettings.DEVICE_TYPES, "gpu,cpu,accelerator");
    AttentionPlugin.addTo(conf);
    return SparkSession.builder().config(conf).getOrCreate();
  }

  /** Runs stages, and says what the driver and the metric system know. */
  static final class Computes {
    private Computes() {}

    public static void main(String[] arguments) throws IOException {
      try (SparkSession spark = start(AttentionSettings.BACKEND, "threads")) {
        Row executor = AttentionPlugin.executorsTable(spark).first();
        List<ExecutorReport> reports = AttentionPlugin.executors();
        say(
            "%d executor, %s, %s, since %s",
            reports.size(),
            executor.getString(0),
            executor.getString(2).replaceFirst("Java threads \\((2 threads), .*\\)", "$1"),
            reports.get(0).reason());
        sayTotals();
        CausalAttention stage = new CausalAttention().setDIn(2).setDOut(2).setSeed(1);
        Dataset<Row> rows =
            spark
                .range(0, 4, 1, 2)
                .selectExpr("array_repeat(array(0.5f, cast(id as float)), 3) as tokens");
        // One row a batch. The stage doesn't say what computes it; the application does.
        stage.setBatchTokens(1).transform(rows).collectAsList();
        sayTotals();
        // Told by messages that nobody waits for, one after each task.
        await().until(() -> tokensTold() == 12);
        Row told = AttentionPlugin.metricsTable(spark).first();
        say(
            "told of %d tokens in %d batches by %s, kernels %s, fallbacks %d",
            told.<Long>getAs("tokens"),
            told.<Long>getAs("batches"),
            told.<String>getAs("executor"),
            told.<Double>getAs("kernelSeconds") > 0 ? "busy" : "idle",
            told.<Long>getAs("fallbacks"));
        stage.setBackend("auto").transform(rows).collectAsList();
        // The second backend is told of by a message that nobody waits for.
        await().until(() -> AttentionPlugin.executors().size() == 2);
        reports = AttentionPlugin.executors();
        ExecutorReport second = reports.get(1);
        say(
            "%d backends, %s: %s",
            reports.size(), second.fallback() ? "fallback" : "device", second.backend());
        if (!second.fallback()) {
          say(
              "memory %d, held %d, up %s, down %s",
              number("deviceMemory"),
              number("deviceMemoryHeld"),
              number("bytesUp") > 0,
              number("bytesDown") > 0);
        }
      }
    }

    private static long tokensTold() {
      return AttentionPlugin.metrics().stream()
          .mapToLong(metrics -> metrics.values().get("tokens").longValue())
          .sum();
    }

    private static void sayTotals() {
      say(
          "tokens %d, batches %d, kernels %s, up %d, down %d, fallbacks %d",
          number("tokens"),
          number("batches"),
          (double) gauge("kernelSeconds") > 0 ? "busy" : "idle",
          number("bytesUp"),
          number("bytesDown"),
          number("fallbacks"));
    }

    private static long number(String metric) {
      return (long) gauge(metric);
    }

    private static Object gauge(String metric) {
      String name = "plugin." + AttentionPlugin.class.getName();
      for (Source source :
          CollectionConverters.asJava(SparkEnv.get().metricsSystem().getSourcesByName(name))) {
        Gauge<?> gauge = source.metricRegistry().getGauges().get(metric);
        if (gauge != null) {
          return gauge.getValue();
        }
      }
      throw new AssertionError("no metric " + metric);
    }
  }

  /** Asks for a device that isn't there. */
  static final class FindsNoDevice {
    private FindsNoDevice() {}

    public static void main(String[] arguments) throws IOException {
      SparkConf conf = new SparkConf().setMaster("local[2]").setAppName("plugin");
      conf.set(AttentionSettings.BACKEND, "opencl");
      conf.set(AttentionSettings.DEVICE, "no device has this name");
      AttentionPlugin.addTo(conf);
      try {
        SparkSession.builder().config(conf).getOrCreate();
        say("started");
      } catch (RuntimeException e) {
        say("%s: %s", e.getClass().getSimpleName(), e.getMessage());
      }
    }
  }
}
