package io.github.sparkattention.it.cluster;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/**
 * A cluster of Spark's own kind on this machine: a master, and workers with one core each, every
 * one a JVM of its own on the loopback interface and on free ports.
 */
public final class StandaloneCluster implements AutoCloseable {
  private static final String MASTER = "org.apache.spark.deploy.master.Master";
  private static final String WORKER = "org.apache.spark.deploy.worker.Worker";

  private final SparkHome home;
  private final Path folder;
  private final SparkProcess master;
  private final String url;
  private final List<SparkProcess> workers = new ArrayList<>();

  private StandaloneCluster(SparkHome home, Path folder, SparkProcess master)
      throws InterruptedException {
    this.home = home;
    this.folder = folder;
    this.master = master;
    this.url = master.awaitLine("Starting Spark master at (spark://\\S+)").group(1);
  }

  /**
   * Starts a cluster.
   *
   * @param home where Spark is
   * @param folder where executors work
   * @param environments one for each worker and its executors, added to this JVM's own
   */
  @SafeVarargs
  public static StandaloneCluster start(
      SparkHome home, Path folder, Map<String, String>... environments)
      throws IOException, InterruptedException {
    SparkProcess master =
        home.start(
            Map.of(), "512m", MASTER, "--host", "127.0.0.1", "--port", "0", "--webui-port", "0");
    StandaloneCluster cluster;
    try {
      cluster = new StandaloneCluster(home, folder, master);
    } catch (InterruptedException | AssertionError e) {
      master.close();
      throw e;
    }
    try {
      for (Map<String, String> environment : environments) {
        cluster.workers.add(cluster.startWorker(cluster.workers.size(), environment));
      }
      for (SparkProcess worker : cluster.workers) {
        cluster.awaitRegistration(worker);
      }
      return cluster;
    } catch (IOException | InterruptedException | AssertionError e) {
      cluster.close();
      throw e;
    }
  }

  /** Starts a worker in the place of one that was killed. */
  public void replace(SparkProcess killed, Map<String, String> environment)
      throws IOException, InterruptedException {
    int place = workers.indexOf(killed);
    workers.set(place, startWorker(place, environment));
    awaitRegistration(workers.get(place));
  }

  private SparkProcess startWorker(int place, Map<String, String> environment)
      throws IOException, InterruptedException {
    // Two names, since Spark never runs a speculative copy on the host of the first attempt.
    String host = place % 2 == 0 ? "127.0.0.1" : "localhost";
    return home.start(
        environment,
        "512m",
        WORKER,
        "--host",
        host,
        "--port",
        "0",
        "--webui-port",
        "0",
        "--cores",
        "1",
        "--memory",
        "1g",
        "--work-dir",
        folder.resolve("work").toString(),
        url);
  }

  private void awaitRegistration(SparkProcess worker) throws InterruptedException {
    worker.awaitLine("Successfully registered with master");
  }

  /** The master's address, for {@code --master}. */
  public String url() {
    return url;
  }

  /** The workers. */
  public List<SparkProcess> workers() {
    return List.copyOf(workers);
  }

  /** The JVMs of executors that run now. */
  public List<ProcessHandle> executors() {
    return workers.stream().flatMap(worker -> worker.children().stream()).toList();
  }

  /** The worker that has started an executor. */
  public SparkProcess workerOf(long executor) {
    return workers.stream()
        .filter(worker -> worker.children().stream().anyMatch(child -> child.pid() == executor))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no worker has started process " + executor));
  }

  /** A builder of sessions on this cluster, whose executors have one core and small heaps. */
  public SparkSession.Builder session() throws IOException, InterruptedException {
    return QuickStart.executors(SparkSession.builder().master(url))
        .config("spark.jars", SparkHome.shadedJar().toUri().toString())
        .config("spark.executor.memory", "512m");
  }

  /** Kills all processes, those of executors included. */
  @Override
  public void close() {
    workers.forEach(SparkProcess::close);
    master.close();
  }
}
