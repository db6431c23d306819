package io.github.sparkattention.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.it.LocalSpark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.spark.SparkException;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The jar added to a session that runs, as notebooks do it. Neither driver nor executors started
 * with this project on their class path, and the driver's threads that read tasks' results never
 * learn of its classes.
 */
@Timeout(600)
class LateJarTest {
  @TempDir private Path folder;

  @Test
  void aRunningClusterTakesTheJarAndComputesTheSame() throws Exception {
    SparkSession session = LocalSpark.session();
    String rows = folder.resolve("rows").toUri().toString();
    ClusterJob.writeRows(session, rows);
    CausalAttention stage =
        new CausalAttention("late")
            .setDIn(16)
            .setDOut(16)
            .setNumHeads(2)
            .setSeed(123)
            .setBackend("threads");
    PipelineModel model =
        new Pipeline()
            .setStages(new PipelineStage[] {stage})
            .fit(session.read().parquet(rows).limit(1));
    String saved = folder.resolve("model").toUri().toString();
    model.save(saved);
    String expected = AddsTheJar.digest(model.transform(session.read().parquet(rows)));

    Path program = TestClasses.writeJar(folder.resolve("program.jar"), AddsTheJar.class);
    List<String> jvmArgs = new ArrayList<>(QuickStart.jvmArgs());
    String spark = String.join(":", SparkHome.jarsOfSpark());
    jvmArgs.addAll(List.of("-Xmx1g", "-cp", spark + ":" + program));
    jvmArgs.add("-Dspark.executor.extraClassPath=" + spark);
    jvmArgs.add("-Dspark.executor.extraJavaOptions=" + String.join(" ", QuickStart.jvmArgs()));
    Path jar = Files.copy(SparkHome.shadedJar(), folder.resolve("late.jar"));
    try (SparkProcess process =
        SparkProcess.start(
            SparkHome.ofTests().environment(),
            jvmArgs,
            AddsTheJar.class.getName(),
            jar.toString(),
            saved,
            rows)) {
      assertThat(process.awaitExit()).describedAs("%s", process).isZero();
      assertThat(process.out())
          .contains("digest: " + expected)
          .anySatisfy(
              line ->
                  assertThat(line)
                      .startsWith("refusal: ")
                      .contains(
                          "late: column 'tokens', partition 0, row 0: token 0 has 1 values, but dIn is"
                              + " 16."));
    }
  }

  /** The notebook, which knows Spark alone. */
  static final class AddsTheJar {
    private AddsTheJar() {}

    public static void main(String[] args) throws Exception {
      try (SparkSession spark =
          SparkSession.builder()
              .master("local-cluster[2,1,1024]")
              .config("spark.ui.enabled", "false")
              .config("spark.driver.host", "127.0.0.1")
              .config("spark.driver.bindAddress", "127.0.0.1")
              .getOrCreate()) {
        // Threads that read results, and executors, are there before the jar is.
        spark.range(0, 100, 1, 20).selectExpr("id * 2").collect();
        spark.sql("ADD JAR '" + args[0] + "'");
        PipelineModel model = PipelineModel.load(args[1]);
        System.out.println("digest: " + digest(model.transform(spark.read().parquet(args[2]))));
        Dataset<Row> bad = spark.sql("select array(array(1f)) as tokens");
        try {
          model.transform(bad).collectAsList();
        } catch (Exception e) {
          SparkException failure = (SparkException) e;
          System.out.println("refusal: " + failure.getMessage().lines().findFirst().orElse(""));
        }
      }
    }

    /** One number, in which each bit of each row counts. */
    static String digest(Dataset<Row> attended) {
      return Objects.toString(
          attended.selectExpr("bit_xor(xxhash64(id, cast(context as string)))").first().get(0));
    }
  }
}
