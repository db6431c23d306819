package io.github.sparkattention.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.github.sparkattention.internal.executor.ExecutorState;
import io.github.sparkattention.it.LocalSpark;
import io.github.sparkattention.it.cluster.Gate.Arrival;
import io.github.sparkattention.kernels.Devices;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.SparkEnv;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.BlockId;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.storage.StorageStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import scala.jdk.javaapi.CollectionConverters;

/**
 * A job on a cluster whose executors, workers and tasks are killed, held up and made to fail. After
 * each fault every row is there once, with the bits of an undisturbed local run, and executors hold
 * nothing that a task has taken.
 */
@Timeout(1800)
class StandaloneClusterTest {
  private static final int WORKERS = 2;
  private static final int ROUNDS = 4;
  private static final int NIGHTLY_ROUNDS = 20;
  private static final long SEED = 20250101;

  /** Where there is a device, the first worker's executors can't find it. */
  private static final Map<String, String> NO_DEVICE = Map.of("OCL_ICD_VENDORS", "/nonexistent");

  @TempDir private static Path folder;

  private static Map<Long, String> expected;
  private static StandaloneCluster cluster;
  private static SparkSession session;
  private static ExecutorEvents events;

  private final Gate gate = new Gate();

  StandaloneClusterTest() throws IOException {}

  @BeforeAll
  static void runUndisturbedAndStartTheCluster() throws Exception {
    ClusterJob.writeRows(LocalSpark.session(), uri("rows"));
    expected = ClusterJob.digests(attend("threads"));
    assertThat(expected).hasSize(ClusterJob.ROWS);
    LocalSpark.stop();
    Files.createDirectory(folder.resolve("tmp"));
    cluster = StandaloneCluster.start(SparkHome.ofTests(), folder, NO_DEVICE, Map.of());
  }

  @AfterAll
  static void stopTheClusterAndLookThatNothingRuns() {
    stopSession();
    List<ProcessHandle> executors = cluster.executors();
    cluster.close();
    assertThat(executors).noneMatch(ProcessHandle::isAlive);
    assertThat(ProcessHandle.current().descendants()).isEmpty();
  }

  private static void stopSession() {
    if (session != null) {
      session.stop();
      session = null;
    }
  }

  private static String uri(String name) {
    return folder.resolve(name).toUri().toString();
  }

  /** The session that nearly all tests share: to start executors takes long. */
  private static SparkSession session() throws IOException, InterruptedException {
    if (session == null) {
      session = startSession(false);
    }
    return session;
  }

  private static SparkSession startSession(boolean speculates)
      throws IOException, InterruptedException {
    Path tests = TestClasses.writeJar(folder.resolve("tests.jar"));
    SparkSession started =
        QuickStart.executors(cluster.session(), "-Djava.io.tmpdir=" + folder.resolve("tmp"))
            .config("spark.jars", SparkHome.shadedJar().toUri() + "," + tests.toUri())
            .config("spark.attention.opencl.deviceTypes", "gpu,cpu")
            .config("spark.decommission.enabled", true)
            .config("spark.storage.decommission.enabled", true)
            .config("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "1s")
            // Who fetches from an executor that was killed needn't wait for it to come back.
            .config("spark.shuffle.io.maxRetries", 1)
            .config("spark.shuffle.io.retryWait", "100ms")
            .config("spark.speculation", speculates)
            .getOrCreate();
    events = new ExecutorEvents();
    started.sparkContext().addSparkListener(events);
    return started;
  }

  private static Dataset<Row> rows() throws IOException, InterruptedException {
    SparkSession spark = cluster == null ? LocalSpark.session() : session();
    // Each file is a partition of its own.
    spark.conf().set("spark.sql.files.maxPartitionBytes", 65536);
    return spark.read().parquet(uri("rows"));
  }

  private static Dataset<Row> attend(String backend) throws IOException, InterruptedException {
    return ClusterJob.attend(rows(), backend);
  }

  /** The job, whose tasks stop at a row in the middle of a batch. */
  private Dataset<Row> attendThroughTheGate(Long... ids) throws IOException, InterruptedException {
    return ClusterJob.attend(rows().where(gate.at(ids)), "threads");
  }

  private static CompletableFuture<Map<Long, String>> start(Dataset<Row> attended) {
    return CompletableFuture.supplyAsync(() -> ClusterJob.digests(attended));
  }

  private static void assertUndisturbed(CompletableFuture<Map<Long, String>> result) {
    assertThat(result.join()).isEqualTo(expected);
    assertNothingIsHeld();
  }

  private static void assertNothingIsHeld() {
    assertThat(ExecutorState.ofAll(session, WORKERS, BackendPolicy.THREADS))
        .hasSize(WORKERS)
        .allSatisfy(
            state -> {
              assertThat(state.layersInUse()).isZero();
              assertThat(state.temporaryFiles()).isEmpty();
              // One core needs no helper; the device's thread is there once it was used.
              assertThat(state.threads()).isSubsetOf("attention-opencl-launch");
            });
  }

  @Test
  void theSubmittedJarGivesTheBitsOfALocalRun() throws Exception {
    // It needs the executors' cores.
    stopSession();
    try (SparkProcess attend =
        SparkHome.ofTests()
            .submit(
                "--master",
                cluster.url(),
                "--class",
                "io.github.sparkattention.job.SparkAttention",
                "--conf",
                "spark.executor.memory=512m",
                SparkHome.shadedJar().toString(),
                "attend",
                "--input",
                uri("rows"),
                "--output",
                uri("context"),
                "--backend",
                "threads",
                "--seed",
                "123",
                "--d-in",
                "16",
                "--d-out",
                "16",
                "--num-heads",
                "2")) {
      assertThat(attend.awaitExit()).describedAs("%s", attend).isZero();
      attend.awaitLine("^backend +threads, on Spark " + cluster.url());
      // Executors are started with the module that SIMD needs, though nobody has asked for it.
      attend.awaitLine("^computed on +Java threads .*SIMD");
      attend.awaitLine("^rows +5,000$");
    }
    assertThat(ClusterJob.digests(session().read().parquet(uri("context")))).isEqualTo(expected);
  }

  @Test
  void anExecutorKilledInMidBatchCostsNoRow() throws Exception {
    CompletableFuture<Map<Long, String>> result = start(attendThroughTheGate(777L));
    Arrival arrival = gate.await();
    arrival.killExecutor();
    assertUndisturbed(result);
    assertThat(events.awaitRemoval(arrival.executor())).isNotEmpty();
  }

  @Test
  void aWorkerKilledWithItsExecutorCostsNoRow() throws Exception {
    CompletableFuture<Map<Long, String>> result = start(attendThroughTheGate(777L));
    SparkProcess worker = cluster.workerOf(gate.await().pid());
    worker.close();
    assertThat(result.join()).isEqualTo(expected);
    boolean hadNoDevice = worker.equals(cluster.workers().get(0));
    cluster.replace(worker, hadNoDevice ? NO_DEVICE : Map.of());
    assertNothingIsHeld();
  }

  @Test
  void aTaskThatThrowsOnceGivesTheSameBitsWhenItIsTriedAgain() throws Exception {
    CompletableFuture<Map<Long, String>> result = start(attendThroughTheGate(4321L));
    gate.await().turnBack();
    assertUndisturbed(result);
  }

  @Test
  void theSpeculativeCopyOfATaskOnASlowExecutorGivesEachRowOnce() throws Exception {
    stopSession();
    session = startSession(true);
    try {
      CompletableFuture<Map<Long, String>> result = start(attendThroughTheGate(777L));
      Arrival slow = gate.await();
      // Nobody lets it pass: only a copy of this task can end the job.
      assertThat(result.join()).isEqualTo(expected);
      slow.pass();
      assertNothingIsHeld();
    } finally {
      stopSession();
    }
  }

  @Test
  void aDecommissionedExecutorEndsItsTaskAndItsBlocksMoveOn() throws Exception {
    Dataset<Row> kept = attend("threads").persist(StorageLevel.MEMORY_ONLY());
    assertThat(kept.count()).isEqualTo(ClusterJob.ROWS);
    CompletableFuture<Map<Long, String>> result = start(attendThroughTheGate(777L));
    Arrival arrival = gate.await();
    SparkProcess.signal(arrival.pid(), "PWR");
    arrival.pass();
    assertThat(result.join()).isEqualTo(expected);
    assertThat(events.awaitRemoval(arrival.executor())).containsIgnoringCase("decommission");
    assertThat(keptPartitions()).isEqualTo(kept.toJavaRDD().getNumPartitions());
    assertThat(ClusterJob.digests(kept)).isEqualTo(expected);
    kept.unpersist(true);
    assertNothingIsHeld();
  }

  /** As the driver knows them, and not its listeners, who may still have to be told. */
  private static int keptPartitions() {
    Set<BlockId> blocks = new HashSet<>();
    for (StorageStatus executor : SparkEnv.get().blockManager().master().getStorageStatus()) {
      blocks.addAll(CollectionConverters.asJava(executor.rddBlocks().keySet()));
    }
    return blocks.size();
  }

  @Test
  void aLimitThatAbandonsItsIteratorsLeavesNothingBehind() throws Exception {
    // Neither the filter, which reads the result, nor the limit above it can go below the operator.
    Dataset<Row> some = attend("threads").where("size(context) > 1").limit(3);
    assertThat(some.collectAsList()).hasSize(3);
    assertNothingIsHeld();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aJobCancelledInMidBatchLeavesNothingBehind(boolean interruptsTasks) throws Exception {
    Dataset<Row> attended = attendThroughTheGate(777L);
    CompletableFuture<Map<Long, String>> cancelled =
        CompletableFuture.supplyAsync(
            () -> {
              session.sparkContext().setJobGroup("cancelled", "", interruptsTasks);
              try {
                return ClusterJob.digests(attended);
              } finally {
                session.sparkContext().clearJobGroup();
              }
            });
    Arrival arrival = gate.await();
    session.sparkContext().cancelJobGroup("cancelled");
    assertThatThrownBy(cancelled::join).hasMessageContaining("cancelled");
    arrival.pass();
    assertNothingIsHeld();
    assertUndisturbed(start(attend("threads")));
  }

  @Test
  void aTaskThatBeganOnADeviceGivesTheSameBitsOnAnExecutorWithoutOne() throws Exception {
    demandADevice();
    CompletableFuture<Map<Long, String>> undisturbed = start(attend("auto"));
    assertThat(undisturbed.join()).isEqualTo(expected);
    List<ExecutorState> states = ExecutorState.ofAll(session, WORKERS, BackendPolicy.AUTO);
    assertThat(states).allMatch(state -> state.layersPrepared() == 1);
    assertThat(states).extracting(ExecutorState::backend).anyMatch(name -> name.contains("OpenCL"));
    assertThat(states)
        .extracting(ExecutorState::backend)
        .anyMatch(name -> name.startsWith("Java threads"));

    Dataset<Row> gated = ClusterJob.attend(rows().where(gate.atEveryRow()), "auto");
    CompletableFuture<Map<Long, String>> result = start(gated);
    List<Arrival> arrivals = List.of(gate.await(), gate.await());
    for (Arrival arrival : arrivals) {
      if (onDevice(arrival, states)) {
        arrival.killExecutor();
      }
    }
    gate.close();
    for (Arrival arrival : arrivals) {
      arrival.pass();
    }
    assertUndisturbed(result);
  }

  private static boolean onDevice(Arrival arrival, List<ExecutorState> states) {
    return states.stream()
        .anyMatch(
            state ->
                state.executor().equals(arrival.executor()) && state.backend().contains("OpenCL"));
  }

  private static void demandADevice() {
    Devices found = BackendPolicy.parse("opencl").providers().get(0).devices();
    if (found.devices().isEmpty()) {
      if (System.getProperty("sparkattention.require", "").contains("opencl")) {
        fail("OpenCL tests are required, but there is no device: %s", found.absence());
      }
      Assumptions.abort("not run, since there is no OpenCL device: " + found.absence());
    }
  }

  @Test
  void roundsOfRandomKillsCostNoRow() throws Exception {
    killAtRandom(ROUNDS, SEED);
  }

  @Test
  @Tag("nightly")
  void twentyRoundsOfRandomKillsCostNoRow() throws Exception {
    killAtRandom(NIGHTLY_ROUNDS, SEED + 1);
  }

  private static void killAtRandom(int rounds, long seed) throws Exception {
    session();
    Random random = new Random(seed);
    int kills = 0;
    for (int round = 0; round < rounds; round++) {
      // With a shuffle, so that executors take finished work with them, too.
      Dataset<Row> shuffled = rows().repartition(ClusterJob.PARTITIONS);
      int before = events.taskEnds();
      CompletableFuture<Map<Long, String>> result = start(ClusterJob.attend(shuffled, "threads"));
      events.awaitTaskEnds(before + 1 + random.nextInt(2 * ClusterJob.PARTITIONS - 1));
      List<ProcessHandle> executors = cluster.executors();
      if (!executors.isEmpty() && !result.isDone()) {
        executors.get(random.nextInt(executors.size())).destroyForcibly();
        kills++;
      }
      assertThat(result.join()).describedAs("round %d of seed %d", round, seed).isEqualTo(expected);
    }
    System.out.printf(
        "Random kills: seed %d, %d rounds, %d executors killed%n", seed, rounds, kills);
    assertThat(kills).isGreaterThanOrEqualTo(rounds / 2);
    assertNothingIsHeld();
  }
}
