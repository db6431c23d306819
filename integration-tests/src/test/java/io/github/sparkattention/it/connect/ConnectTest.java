package io.github.sparkattention.it.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.LanguageModel;
import io.github.sparkattention.TokenEmbedding;
import io.github.sparkattention.it.LocalSpark;
import io.github.sparkattention.it.cluster.SparkHome;
import io.github.sparkattention.it.cluster.SparkProcess;
import io.github.sparkattention.it.cluster.TestClasses;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.checkpoints.Model;
import io.github.sparkattention.kernels.checkpoints.ModelWriter;
import io.github.sparkattention.kernels.contract.SeededWeights;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A server of Spark Connect with the jar that users load, and a client far from it, in JVMs of
 * their own. The client has run once, and each test looks at a line that it printed.
 */
class ConnectTest {
  private static final Path CLIENT =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolve("connect-client/target");

  private static final String DIGEST =
      "sha2(concat_ws(';', sort_array(collect_list(concat(id, ' ', cast(context as string))))), 256)";

  @TempDir static Path folder;
  private static CausalAttention stage;
  private static SparkProcess server;
  private static String remote;
  private static List<String> printed;
  private static final Map<String, String> RESULTS = new TreeMap<>();

  @BeforeAll
  static void runTheClient() throws Exception {
    writeRows();
    server = startServer();
    String port = server.awaitLine("Spark Connect server started at: \\S*?:(\\d+)").group(1);
    remote = "sc://127.0.0.1:" + port;
    List<String> args =
        List.of(
            remote,
            folder.toString(),
            "int:dIn:4",
            "int:dOut:6",
            "int:numHeads:2",
            "long:seed:123",
            "double:scale:0.5",
            "boolean:qkvBias:true",
            "string:backend:threads");
    String classPath =
        Files.readString(CLIENT.resolve("client.classpath")).strip() + ":" + CLIENT + "/classes";
    try (SparkProcess client =
        SparkProcess.start(
            Map.of(),
            List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", classPath),
            "io.github.sparkattention.connect.ConnectClient",
            args.toArray(String[]::new))) {
      assertThat(client.awaitExit()).as("%s\n%s", client, server).isZero();
      printed = client.out();
    }
    for (String line : printed) {
      int tab = line.indexOf('\t');
      if (tab > 0) {
        RESULTS.put(line.substring(0, tab), line.substring(tab + 1));
      }
    }
  }

  /**
   * Python's own client, by the PySpark at PYSPARK_HOME. It runs where {@code
   * -Dsparkattention.require} names pyspark-connect, as bin/test does if python3 has what it needs.
   */
  @Test
  void pythonsClientGivesTheSameBitsAndRefusesTheRest() throws Exception {
    boolean required =
        List.of(System.getProperty("sparkattention.require", "").split(","))
            .contains("pyspark-connect");
    Assumptions.assumeTrue(required, "not run, since no PySpark with Connect's client is required");
    Path home = Path.of(System.getenv("PYSPARK_HOME"));
    List<String> path = new ArrayList<>(List.of(SparkHome.shadedJar() + "", home + "/python"));
    try (DirectoryStream<Path> zips =
        Files.newDirectoryStream(home.resolve("python/lib"), "*.zip")) {
      zips.forEach(zip -> path.add(zip.toString()));
    }
    Path output = folder.resolve("python.txt");
    ProcessBuilder python =
        new ProcessBuilder("python3", "src/test/python/connect_client.py")
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    python
        .environment()
        .putAll(
            Map.of(
                "PYTHONPATH", String.join(":", path),
                "PYTHONDONTWRITEBYTECODE", "1",
                "SPARK_HOME", home.toString(),
                "TEST_REMOTE", remote,
                "TEST_FOLDER", folder.toString(),
                "TEST_DIGEST", DIGEST,
                "TEST_EXPECTED", digest(stage.transform(read("rows")))));
    Process process = python.start();
    boolean ended = process.waitFor(SparkProcess.PATIENCE.toMinutes(), TimeUnit.MINUTES);
    process.destroyForcibly();
    String said = Files.readString(output);
    assertThat(ended).as(said).isTrue();
    assertThat(process.exitValue()).as(said).isZero();
    assertThat(said).containsPattern("Ran [1-9]\\d* tests").contains("... ok");
  }

  private static void writeRows() throws Exception {
    write(LocalSpark.rows(4, 3, 0, 5, 1, 9, 2), "rows");
    write(
        LocalSpark.session()
            .range(6)
            .selectExpr("id", "transform(sequence(0, cast(id as int)), i -> i % 7) as ids"),
        "ids");
    write(
        LocalSpark.session().range(6).selectExpr("id", "array('to', 'be', 'or', 'not') as words"),
        "words");
    stage =
        new CausalAttention()
            .setDIn(4)
            .setDOut(6)
            .setNumHeads(2)
            .setSeed(123)
            .setScale(0.5)
            .setQkvBias(true)
            .setBackend("threads");
    stage.save(folder.resolve("stage").toString());
    ModelConfig config = ModelConfig.book(7, 8, 16, 2, 2, false);
    Model gpt = new Model(config, SeededWeights.gpt(config, 123), null, false);
    ModelWriter.write(gpt, folder.resolve("gpt"));
  }

  private static void write(Dataset<Row> rows, String name) {
    rows.write().parquet(folder.resolve(name).toString());
  }

  private static Dataset<Row> read(String name) {
    return LocalSpark.session().read().parquet(folder.resolve(name).toString());
  }

  private static SparkProcess startServer() throws IOException, InterruptedException {
    Path program = TestClasses.writeJar(folder.resolve("program.jar"));
    List<String> jars =
        List.of(CLIENT.resolve("server/spark-connect.jar").toString(), SparkHome.shadedJar() + "");
    return SparkHome.ofTests()
        .submit(
            "--master=local[2]",
            "--jars=" + String.join(",", jars),
            "--conf=spark.connect.grpc.binding.address=127.0.0.1",
            "--conf=spark.connect.grpc.binding.port=0",
            "--conf=spark.plugins=io.github.sparkattention.plugin.AttentionPlugin",
            "--conf=spark.attention.backend=threads",
            "--conf=spark.attention.stages.configured=" + folder.resolve("stage"),
            "--conf=spark.ui.enabled=false",
            "--class=" + NamingServer.class.getName(),
            program.toString(),
            folder.resolve("stage").toString());
  }

  @AfterAll
  static void stopTheServer() {
    if (server != null) {
      server.close();
    }
  }

  private static String result(String name) {
    return RESULTS.get(name);
  }

  /** What the driver's own stage gives, to the last bit. */
  private static String digest(Dataset<Row> attended) {
    return attended.selectExpr(DIGEST).first().getString(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sql", "expr", "call_function", "set", "write"})
  void functionsGiveTheBitsOfTheStage(String way) {
    assertThat(result(way)).isEqualTo(digest(stage.transform(read("rows"))));
  }

  @Test
  void whatTheClientWroteHoldsTheBits() {
    assertThat(digest(read("written"))).isEqualTo(digest(stage.transform(read("rows"))));
  }

  @Test
  void aFunctionTakesAnExpression() {
    assertThat(result("slice"))
        .isEqualTo(digest(stage.transform(read("rows").where("size(tokens) <= 2"))));
  }

  @Test
  void schemasAndPlansAreKnownToTheClient() {
    assertThat(result("weights")).isEqualTo("struct<w:array<array<array<float>>>>");
    assertThat(result("explain")).contains("BatchAttention tokens#", "[causal, 2 heads x 3");
    assertThat(result("explain transform")).isEqualTo("printed");
    assertThat(printed).anyMatch(line -> line.contains("BatchAttention tokens#"));
    assertThat(Double.parseDouble(result("similarity"))).isEqualTo(1 / Math.sqrt(2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"transform", "save"})
  void aStageThatTheClientSendsGivesTheSameBits(String way) {
    assertThat(result(way)).isEqualTo(digest(stage.transform(read("rows"))));
  }

  @Test
  void aSavedStageIsReadWithItsParams() {
    assertThat(result("read"))
        .isEqualTo(
            "%s %s dIn 4 seed 123 backend threads", CausalAttention.class.getName(), stage.uid());
    CausalAttention sent = CausalAttention.load(folder.resolve("sent").toString());
    assertThat(sent.uid()).isEqualTo("sent");
    assertThat(sent.getSeed()).isEqualTo(123);
  }

  @Test
  void anEstimatorIsFittedAndItsModelRunsByReference() {
    assertThat(result("fit")).isEqualTo("[24,24]");
    TokenEmbedding fitted = TokenEmbedding.load(folder.resolve("fitted").toString());
    assertThat(fitted.model().getVectors().count()).isEqualTo(4);
  }

  @Test
  void aWholeModelRunsFromItsCheckpoint() {
    LanguageModel model =
        new LanguageModel()
            .setCheckpoint(folder.resolve("gpt").toString())
            .setOutputCol("")
            .setLogProbabilityCol("context");
    assertThat(result("language model")).isEqualTo(digest(model.transform(read("ids"))));
  }

  @Test
  void refusalsReachTheClientInTheirOwnWords() {
    assertThat(result("unknown stage"))
        .contains(
            "causal_attention knows no stage 'nobody': it is no folder, and the stages with a name"
                + " are [configured, mine, registered].");
    assertThat(result("bad row"))
        .contains(": token 0 has 1 values, but dIn is 4. Set handleInvalid to");
    assertThat(result("bad param"))
        .isEqualTo(
            "failed: SparkIllegalArgumentException: sent parameter dIn given invalid value -1.");
    assertThat(result("foreign class"))
        .contains("Unsupported ML operator, found io.github.sparkattention.TokenCounter");
  }
}
