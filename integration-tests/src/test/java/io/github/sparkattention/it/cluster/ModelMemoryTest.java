package io.github.sparkattention.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.LanguageModel;
import io.github.sparkattention.MiniLm;
import io.github.sparkattention.SentenceEmbedder;
import io.github.sparkattention.internal.executor.ExecutorState;
import io.github.sparkattention.it.LocalSpark;
import io.github.sparkattention.kernels.Tensors.Shape;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.checkpoints.Checkpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a whole model takes of an executor's heap, as its tasks become more. */
@Tag("nightly")
@Timeout(1800)
class ModelMemoryTest {
  private static final int CORES = 4;

  /** Texts of a task: several batches. */
  private static final long ROWS = 600;

  /** Activations of the spans of all tasks that run at once, whose rooms stay. */
  private static final long MOST_ROOM = 32L << 20;

  /** The heap with all tasks, divided by that with one. */
  private static final double MOST_GROWTH = 1.3;

  /** A row that comes out of a task's first batch. */
  private static final long GATE = 5;

  private static final String TEXT =
      "repeat('the cat sits outside ', int(1 + id * 37 % 40)) as text";

  @TempDir private Path folder;

  /**
   * What is alive in a JVM.
   *
   * @param floats bytes of arrays of floats
   * @param all bytes of all objects
   */
  private record LiveBytes(long floats, long all) {

    /** Collects what is dead in a JVM and counts the rest. */
    static LiveBytes of(long pid) throws IOException, InterruptedException {
      Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
      Process process =
          new ProcessBuilder(jcmd.toString(), Long.toString(pid), "GC.class_histogram")
              .redirectErrorStream(true)
              .start();
      String histogram =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).describedAs(histogram).isZero();
      return new LiveBytes(bytes(histogram, "[F"), bytes(histogram, "Total"));
    }

    /** Lines are: number, instances, bytes, class and perhaps its module; or Total and two sums. */
    private static long bytes(String histogram, String name) {
      return histogram
          .lines()
          .map(line -> List.of(line.strip().split("\\s+")))
          .filter(words -> words.contains(name))
          .mapToLong(words -> Long.parseLong(words.get(2)))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no line '" + name + "' in\n" + histogram));
    }

    LiveBytes max(LiveBytes other) {
      return new LiveBytes(Math.max(floats, other.floats), Math.max(all, other.all));
    }
  }

  @Test
  void fourTasksShareTheWeightsOfOneExecutor() throws Exception {
    MiniLm.write(folder);
    long weights =
        Checkpoint.open(folder).config().vectors().tensors().values().stream()
                .mapToLong(Shape::size)
                .sum()
            * Float.BYTES;
    LocalSpark.stop();
    SparkHome.ofTests();
    String classPath = String.join(":", SparkHome.classPath());
    try (SparkSession session =
        SparkSession.builder()
            .master("local-cluster[1," + CORES + ",2048]")
            .config("spark.executor.memory", "2g")
            .config("spark.executor.extraClassPath", classPath)
            .config("spark.executor.extraJavaOptions", "--add-modules=jdk.incubator.vector")
            .getOrCreate()) {
      PipelineModel pipeline =
          SentenceEmbedder.load(folder.toUri().toString(), (name, value) -> {});
      ((LanguageModel) pipeline.stages()[1]).setBackend("threads");

      LiveBytes one = whileRunning(session, pipeline, 1);
      LiveBytes four = whileRunning(session, pipeline, CORES);
      ExecutorState after = ExecutorState.ofAll(session, 1, BackendPolicy.THREADS).get(0);
      LiveBytes idle = LiveBytes.of(pid(session));
      System.out.printf(
          Locale.ROOT,
          "Model memory: weights of %,d bytes; with one task %s, with %d %s, idle %s%n",
          weights,
          one,
          CORES,
          four,
          idle);
      assertThat(after.layersPrepared()).isEqualTo(1);
      assertThat(after.layersInUse()).isZero();
      assertThat(idle.floats()).isBetween(weights, weights + weights / 10 + MOST_ROOM);
      // A batch and the activations of a span are a task's own, its weights are not.
      assertThat((four.floats() - one.floats()) / (CORES - 1)).isLessThan(weights);
      assertThat((double) four.all() / one.all()).isLessThanOrEqualTo(MOST_GROWTH);
    }
  }

  /** The most that is alive while so many tasks are between batches, or compute them. */
  private static LiveBytes whileRunning(SparkSession session, PipelineModel pipeline, int tasks)
      throws Exception {
    Long[] firsts = LongStream.range(0, tasks).mapToObj(t -> t * ROWS + GATE).toArray(Long[]::new);
    try (Gate gate = new Gate()) {
      Dataset<Row> texts = session.range(0, tasks * ROWS, 1, tasks).selectExpr("id", TEXT);
      Dataset<Row> vectors = pipeline.transform(texts).where(gate.at(firsts));
      CompletableFuture<Void> job =
          CompletableFuture.runAsync(
              () -> vectors.write().format("noop").mode(SaveMode.Overwrite).save());
      List<Gate.Arrival> arrivals = new ArrayList<>();
      for (int task = 0; task < tasks; task++) {
        arrivals.add(gate.await());
      }
      long pid = arrivals.get(0).pid();
      LiveBytes most = LiveBytes.of(pid);
      for (Gate.Arrival arrival : arrivals) {
        arrival.pass();
      }
      while (!job.isDone()) {
        most = most.max(LiveBytes.of(pid));
      }
      job.join();
      return most;
    }
  }

  private static long pid(SparkSession session) throws Exception {
    try (Gate gate = new Gate()) {
      CompletableFuture<Long> job =
          CompletableFuture.supplyAsync(
              () -> session.range(1).toDF().where(gate.atEveryRow()).count());
      Gate.Arrival arrival = gate.await();
      arrival.pass();
      job.join();
      return arrival.pid();
    }
  }
}
