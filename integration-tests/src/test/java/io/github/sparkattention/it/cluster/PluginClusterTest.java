package io.github.sparkattention.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.internal.executor.ExecutorReport;
import io.github.sparkattention.plugin.AttentionPlugin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The plugin where executors are JVMs of their own. */
@Timeout(600)
class PluginClusterTest {
  @TempDir private Path folder;

  private void run(Class<?> program) throws IOException, InterruptedException {
    List<String> jvmArgs = new ArrayList<>(QuickStart.jvmArgs());
    jvmArgs.addAll(List.of("-Xmx1g", "-cp", classPath()));
    try (SparkProcess process =
        SparkProcess.start(
            SparkHome.ofTests().environment(), jvmArgs, program.getName(), folder.toString())) {
      process.awaitLine("^as expected$");
      assertThat(process.awaitExit()).describedAs("%s", process).isZero();
    }
  }

  @Test
  void executorsEnterTheTableAndLeaveItWhenTheyAreKilled() throws Exception {
    run(LosesAnExecutor.class);
  }

  @Test
  void tasksOfAStageGetTheGpuThatItsProfileAsksFor() throws Exception {
    run(AsksForAGpu.class);
  }

  private static String classPath() {
    return String.join(":", SparkHome.classPath());
  }

  private static SparkConf conf(String master) throws IOException, InterruptedException {
    SparkConf conf =
        new SparkConf()
            .setMaster(master)
            .setAppName("plugin")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set("spark.executor.cores", "1")
            .set("spark.executor.memory", "512m")
            .set("spark.executor.extraClassPath", classPath())
            .set("spark.executor.extraJavaOptions", String.join(" ", QuickStart.jvmArgs()));
    AttentionPlugin.addTo(conf);
    return conf;
  }

  /** Kills one of its two executors. */
  static final class LosesAnExecutor {
    private LosesAnExecutor() {}

    public static void main(String[] args) throws Exception {
      SparkConf conf = conf("local-cluster[2,1,1024]").set("spark.attention.backend", "threads");
      try (SparkSession spark = SparkSession.builder().config(conf).getOrCreate()) {
        await().atMost(SparkProcess.PATIENCE).until(() -> AttentionPlugin.executors().size() == 2);
        List<ExecutorReport> both = AttentionPlugin.executors();
        assertThat(both).extracting(ExecutorReport::executorId).containsExactly("0", "1");
        assertThat(both)
            .extracting(ExecutorReport::backend)
            .allMatch(backend -> backend.startsWith("Java threads (1 thread, "));
        assertThat(AttentionPlugin.executorsTable(spark).count()).isEqualTo(2);
        ProcessHandle.current().children().findFirst().orElseThrow().destroyForcibly();
        // Spark starts another in its place.
        await()
            .atMost(SparkProcess.PATIENCE)
            .until(() -> !AttentionPlugin.executors().containsAll(both));
        System.out.println("as expected");
      }
    }
  }

  /** Runs a stage with the profile that it gives, where one thing calls itself a GPU. */
  static final class AsksForAGpu {
    private static final long ROWS = 10;

    private AsksForAGpu() {}

    public static void main(String[] args) throws Exception {
      Path script =
          Files.createFile(
              Path.of(args[0], "gpus.sh"),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Files.writeString(script, "#!/bin/sh\necho '{\"name\": \"gpu\", \"addresses\": [\"17\"]}'\n");
      SparkConf conf =
          conf("local-cluster[1,1,1024]")
              .set("spark.worker.resource.gpu.amount", "1")
              .set("spark.worker.resource.gpu.discoveryScript", script.toString())
              .set("spark.executor.resource.gpu.amount", "0")
              .set("spark.executor.resource.gpu.discoveryScript", script.toString())
              .set("spark.dynamicAllocation.enabled", "true");
      try (SparkSession spark = SparkSession.builder().config(conf).getOrCreate()) {
        CausalAttention stage = new CausalAttention().setDIn(2).setDOut(2).setSeed(1);
        JavaRDD<Row> context =
            stage
                .transform(spark.range(ROWS).selectExpr("array(array(1f, float(id))) tokens"))
                .toJavaRDD();
        Function<Row, String> address =
            row -> TaskContext.get().resourcesJMap().get("gpu").addresses()[0];
        List<String> addresses =
            context.map(address).withResources(stage.resourceProfile()).collect();
        assertThat(addresses).hasSize((int) ROWS).containsOnly("17");
        // No machine has a GPU of this address, and auto says so.
        assertThat(AttentionPlugin.executors())
            .singleElement()
            .matches(ExecutorReport::fallback)
            .extracting(ExecutorReport::reason)
            .asString()
            .containsAnyOf("the GPU address '17' (assigned: 17)", "there is no OpenCL device");
        System.out.println("as expected");
      }
    }
  }
}
