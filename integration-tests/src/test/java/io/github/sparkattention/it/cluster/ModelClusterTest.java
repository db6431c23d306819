package io.github.sparkattention.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.LanguageModel;
import io.github.sparkattention.it.LocalSpark;
import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.Norm;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.checkpoints.Model;
import io.github.sparkattention.kernels.checkpoints.ModelWriter;
import io.github.sparkattention.kernels.contract.SeededWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.network.util.JavaUtils;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole models on a cluster whose executors get their weights by each of the ways that there are.
 */
@Tag("nightly")
@Timeout(900)
class ModelClusterTest {
  private static final long SEED = 11;

  /** Little enough to be sent. */
  private static final ModelConfig SMALL = ModelConfig.book(300, 32, 16, 2, 2, true);

  /** More than 64 MiB, nearly all of them the table of ids. */
  private static final ModelConfig LARGE = tied(280_000, 64, 2, 1, 256, 32);

  /** The blocks of the smallest GPT-2, and 525 MB with the table of ids. */
  private static final ModelConfig GPT = tied(60_000, 768, 12, 12, 3072, 256);

  private static ModelConfig tied(
      int vocabulary, int width, int heads, int layers, int hidden, int positions) {
    int headDim = width / heads;
    return new ModelConfig(
        vocabulary,
        width,
        layers,
        new Heads(headDim, heads, heads, true, (float) (1 / Math.sqrt(headDim)), 0, 0, 0),
        hidden,
        Activation.GELU_TANH,
        false,
        new Norm(Norm.Kind.LAYER, 1e-5f),
        ModelConfig.Placement.BEFORE,
        positions,
        0,
        null,
        positions,
        true,
        true,
        true,
        ModelConfig.Head.TIED);
  }

  @TempDir private Path folder;

  /** Writes a model whose weights cost nothing to make. */
  private Path write(String name, ModelConfig config) throws IOException {
    Tensors.Builder tensors = Tensors.builder();
    config
        .vectors()
        .tensors()
        .forEach(
            (tensor, shape) -> {
              float[] values = new float[(int) shape.size()];
              for (int i = 0; i < values.length; i++) {
                values[i] = ((i * 0x9E3779B9) >> 8) / (float) (1 << 24);
              }
              tensors.add(tensor, values, shape);
            });
    Path path = folder.resolve(name);
    ModelWriter.write(new Model(config, tensors.build(), null, false), path);
    return path;
  }

  private static Dataset<Row> rows(SparkSession session) {
    return session
        .range(0, 200, 1, 4)
        .selectExpr(
            "id", "transform(sequence(1, 1 + id % 30), i -> int(id * 37 + i * 11) % 300) as ids");
  }

  private static LanguageModel stage() {
    return new LanguageModel()
        .setPooledCol("pooled")
        .setPooling("last")
        .setBatchTokens(128)
        .setBackend("threads");
  }

  private static LanguageModel drawn() {
    return stage()
        .setVocabulary(SMALL.vocabulary())
        .setContextLength(SMALL.contextLength())
        .setWidth(SMALL.width())
        .setNumHeads(SMALL.heads().numHeads())
        .setNumLayers(SMALL.layers())
        .setQkvBias(SMALL.qkvBias())
        .setSeed(SEED);
  }

  private static Map<Long, String> pooled(Dataset<Row> result) {
    Map<Long, String> pooled = new TreeMap<>();
    for (Row row : result.select("id", "pooled").collectAsList()) {
      pooled.put(row.getLong(0), row.get(1).toString());
    }
    return pooled;
  }

  private static String plan(Dataset<Row> result) {
    return result.queryExecution().optimizedPlan().toString();
  }

  @Test
  void executorsGetTheSameWeightsByEachWayAndAKilledOneCostsNoRow() throws Exception {
    Path small = folder.resolve("small");
    ModelWriter.write(new Model(SMALL, SeededWeights.gpt(SMALL, SEED), null, false), small);
    Path large = write("large", LARGE);
    SparkSession local = LocalSpark.session();
    Map<Long, String> ofSmall = pooled(drawn().transform(rows(local)));
    Map<Long, String> ofLarge =
        pooled(stage().setCheckpoint(large.toString()).transform(rows(local)));
    assertThat(ofSmall).hasSize(200);
    LocalSpark.stop();

    SparkHome home = SparkHome.ofTests();
    String jars =
        SparkHome.shadedJar().toUri() + "," + TestClasses.writeJar(folder.resolve("t.jar")).toUri();
    try (Gate gate = new Gate();
        SparkSession session =
            QuickStart.executors(SparkSession.builder().master("local-cluster[2,2,1024]"))
                .config("spark.jars", jars)
                // A file system by whose name nobody knows that it is this machine's disk.
                .config(
                    "spark.hadoop.fs.viewfs.mounttable.shared.link./models",
                    folder.toUri().toString())
                .getOrCreate()) {
      Dataset<Row> rows = rows(session);
      Dataset<Row> sent = stage().setCheckpoint(small.toString()).transform(rows);
      assertThat(plan(sent)).contains("weights broadcast from " + small);
      assertThat(pooled(sent)).isEqualTo(ofSmall);
      // Parts that executors have let go of are fetched anew for another program.
      assertThat(
              pooled(stage().setCheckpoint(small.toString()).setPerplexityCol("p").transform(rows)))
          .isEqualTo(ofSmall);

      String shared = "viewfs://shared/models/large";
      Dataset<Row> read = stage().setCheckpoint(shared).transform(rows);
      assertThat(plan(read)).contains("weights that each executor reads from " + shared);
      assertThat(pooled(read)).isEqualTo(ofLarge);

      Dataset<Row> sentInParts = stage().setCheckpoint(large.toString()).transform(rows);
      assertThat(plan(sentInParts)).contains("weights broadcast from " + large);
      assertThat(pooled(sentInParts)).isEqualTo(ofLarge);

      assertThat(pooled(drawn().transform(rows))).isEqualTo(ofSmall);

      Dataset<Row> gated = rows.where(gate.at(77L));
      CompletableFuture<Map<Long, String>> result =
          CompletableFuture.supplyAsync(
              () -> pooled(stage().setCheckpoint(small.toString()).transform(gated)));
      gate.await().killExecutor();
      assertThat(result.join()).isEqualTo(ofSmall);
    }
    JavaUtils.deleteRecursively(home.folder().resolve("work").toFile());
  }

  @Test
  void executorsOf2GigabytesRunAModelOf500Megabytes() throws Exception {
    Path model = write("gpt", GPT);
    assertThat(Files.size(model.resolve("model.safetensors"))).isGreaterThan(500_000_000);
    Dataset<Row> few = rows(LocalSpark.session()).where("id % 5 = 0");
    Map<Long, String> expected = pooled(stage().setCheckpoint(model.toString()).transform(few));
    assertThat(expected).hasSize(40);
    LocalSpark.stop();

    SparkHome home = SparkHome.ofTests();
    try (SparkSession session =
        SparkSession.builder()
            .master("local-cluster[2,2,2048]")
            .config("spark.jars", SparkHome.shadedJar().toUri().toString())
            .config("spark.executor.memory", "2g")
            .config("spark.executor.extraJavaOptions", "--add-modules=jdk.incubator.vector")
            // A name of its own, since Hadoop keeps the file system of a name for a JVM's life.
            .config(
                "spark.hadoop.fs.viewfs.mounttable.alone.link./models", folder.toUri().toString())
            .getOrCreate()) {
      Dataset<Row> result =
          stage().setCheckpoint("viewfs://alone/models/gpt").transform(rows(session));
      assertThat(plan(result)).contains("weights that each executor reads from");
      assertThat(pooled(result.where("id % 5 = 0"))).isEqualTo(expected);
    }
    JavaUtils.deleteRecursively(home.folder().resolve("work").toFile());
  }
}
