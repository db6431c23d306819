package io.github.sparkattention.oracle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.Sequences;
import io.github.sparkattention.internal.executor.ChildJvm;
import io.github.sparkattention.internal.executor.ExecutorReport;
import io.github.sparkattention.kernels.BackendProvider;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.plugin.AttentionPlugin;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.collection.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** A backend that this project doesn't know, registered by one line, in a JVM of its own. */
class ThirdBackendTest {
  private static final String SETTINGS =
      "spark.attention.backend, spark.attention.idlePrograms, spark.attention.stages.NAME,"
          + " spark.attention.opencl.device,"
          + " spark.attention.opencl.deviceTypes, spark.attention.opencl.concurrentLaunches,"
          + " spark.attention.opencl.launchTimeout, spark.attention.opencl.failuresInARow,"
          + " spark.attention.opencl.openTimeout, spark.attention.opencl.workGroup,"
          + " spark.attention.opencl.accept, spark.attention.oracle.place";

  @TempDir private Path folder;

  @Test
  void aThirdBackendNeedsNothingButItsLineOfRegistration() throws IOException {
    Path services = Files.createDirectories(folder.resolve("registered/META-INF/services"));
    Files.writeString(
        services.resolve(BackendProvider.class.getName()), OracleProvider.class.getName());
    String classPath =
        System.getProperty("java.class.path") + File.pathSeparator + folder.resolve("registered");
    List<String> said =
        ChildJvm.run(folder, Asks.class, List.of(), classPath)
            .lines()
            .filter(line -> line.startsWith("said: "))
            .map(line -> line.substring(6))
            .toList();
    assertThat(said)
        .containsExactly(
            "names: auto, opencl, oracle, threads",
            "param: what computes: auto, opencl, oracle or threads; unset means what"
                + " spark.attention.backend says, or else auto",
            "off by 2e-5 at most: true, but not the same: true",
            "computed by: oracle (Delphi), device Delphi with 1048576 bytes, since it is the oracle"
                + " device that is there",
            "computed by: oracle (Delphi), device Delphi with 1048576 bytes, since backend 'oracle'"
                + " was asked for",
            "refused: spark.attention.oracle.priestess is not a setting; those of spark-attention"
                + " are "
                + SETTINGS,
            "refused: spark.attention.oracle.place must be a place, but is '7'",
            "refused: backend must be one of auto, opencl, oracle, threads, but is 'sibyl'");
  }

  /** Asks the oracle and Java threads the same, and says what came of it. */
  static final class Asks {
    private static final String PLACE = "spark.attention.oracle.place";

    private Asks() {}

    public static void main(String[] arguments) throws IOException {
      SparkConf conf = new SparkConf().setMaster("local[2]").setAppName("oracle");
      conf.set("spark.driver.host", "127.0.0.1").set("spark.driver.bindAddress", "127.0.0.1");
      conf.set("spark.ui.enabled", "false");
      conf.set("spark.attention.opencl.device", "no device has this name");
      conf.set(PLACE, " Delphi ");
      AttentionPlugin.addTo(conf);
      try (SparkSession spark = SparkSession.builder().config(conf).getOrCreate()) {
        say("names: %s", BackendPolicy.names());
        say("param: %s", new CausalAttention().backend().doc());
        Dataset<Row> rows = Sequences.floats(Sequences.random(7, 6, 5, 1, 0, 33, 2, 64));
        compare(context(rows, "oracle"), context(rows, "threads"));
        // Those of stages are told of by messages that nobody waits for.
        await().until(() -> AttentionPlugin.executors().size() == 3);
        for (ExecutorReport report : AttentionPlugin.executors()) {
          if (report.device() != null) {
            say(
                "computed by: %s, device %s with %d bytes, since %s",
                report.backend(), report.device(), report.deviceMemory(), report.reason());
          }
        }
        SparkConf inForce = SparkEnv.get().conf();
        spark.conf().set("spark.attention.oracle.priestess", "Pythia");
        sayRefusal(() -> context(rows, "threads"));
        spark.conf().unset("spark.attention.oracle.priestess");
        spark.conf().unset(PLACE);
        inForce.set(PLACE, "7");
        sayRefusal(() -> context(rows, "oracle"));
        sayRefusal(() -> BackendPolicy.parse("sibyl"));
      }
    }

    private static List<Row> context(Dataset<Row> rows, String backend) {
      return new CausalAttention()
          .setDIn(6)
          .setDOut(8)
          .setNumHeads(2)
          .setSeed(3)
          .setBackend(backend)
          .transform(rows)
          .orderBy("id")
          .select("context")
          .collectAsList();
    }

    private static void compare(List<Row> found, List<Row> expected) {
      double most = 0;
      for (int row = 0; row < expected.size(); row++) {
        List<Seq<Float>> tokens = tokens(expected.get(row));
        assertThat(tokens(found.get(row))).hasSameSizeAs(tokens);
        for (int token = 0; token < tokens.size(); token++) {
          List<Float> values = CollectionConverters.asJava(tokens.get(token));
          List<Float> others = CollectionConverters.asJava(tokens(found.get(row)).get(token));
          for (int i = 0; i < values.size(); i++) {
            most = Math.max(most, Math.abs(others.get(i) - values.get(i)));
          }
        }
      }
      say("off by 2e-5 at most: %s, but not the same: %s", most <= 2e-5, most > 0);
    }

    private static List<Seq<Float>> tokens(Row row) {
      return row.getList(0);
    }

    private static void sayRefusal(Runnable run) {
      try {
        run.run();
      } catch (IllegalArgumentException e) {
        say("refused: %s", e.getMessage());
      }
    }

    private static void say(String format, Object... arguments) {
      System.out.printf("said: " + format + "%n", arguments);
    }
  }
}
