package io.github.sparkattention.it.load;

import com.sun.management.OperatingSystemMXBean;
import io.github.sparkattention.CausalAttention;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;
import javax.management.ReflectionException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Runs the same jobs again and again in a JVM of its own: rows of mixed lengths, several tasks at
 * once, one backend after the other. It ends with an error if a job gives other bits than the
 * first. A tenth of the time goes by before it prints what the JVM holds; then it does so after
 * each third of the rest, with what a round cost in it.
 */
public final class SoakJob {
  private static final int ROWS = 240;
  private static final int TASKS = 4;
  private static final int WIDTH = 32;

  /** A third has as many rounds, however slow the machine is. */
  private static final int FEWEST_ROUNDS = 10;

  private SoakJob() {}

  /**
   * Runs for some time.
   *
   * @param args how many seconds, then the backends to use
   */
  public static void main(String[] args) throws IOException {
    Duration time = Duration.ofSeconds(Long.parseLong(args[0]));
    List<String> backends = List.of(args).subList(1, args.length);
    try (SparkSession session =
        SparkSession.builder()
            .master("local[" + TASKS + "]")
            .config("spark.sql.shuffle.partitions", TASKS)
            .config("spark.attention.opencl.deviceTypes", "gpu,cpu")
            .config("spark.ui.enabled", false)
            // Else Spark's pools grow by a thread and its stack with each query, up to a thousand.
            .config("spark.sql.broadcastExchange.maxThreadThreshold", TASKS)
            .config("spark.sql.resultQueryStage.maxThreadThreshold", TASKS)
            .config("spark.sql.shuffleExchange.maxThreadThreshold", TASKS)
            .getOrCreate()) {
      List<Dataset<Row>> jobs = backends.stream().map(name -> job(session, name)).toList();
      Row expected = jobs.get(0).head();
      Duration tenth = time.dividedBy(10);
      run(jobs, expected, tenth);
      System.out.println("warm: " + Footprint.now());
      for (int third = 0; third < 3; third++) {
        List<Double> costs = run(jobs, expected, tenth.multipliedBy(3));
        System.out.println("end: " + Footprint.now());
        System.out.println("rounds: " + costs.size());
        System.out.printf(Locale.ROOT, "cost: %.1f%n", median(costs));
      }
    }
  }

  /** Lengths from 0 to 95; a digest of all results that doesn't depend on the order of the rows. */
  private static Dataset<Row> job(SparkSession session, String backend) {
    Dataset<Row> rows =
        session
            .range(0, ROWS, 1, TASKS)
            .selectExpr("id", Expressions.tokens("int(pmod(hash(id), 96))", WIDTH) + " AS tokens");
    return new CausalAttention()
        .setDIn(WIDTH)
        .setDOut(WIDTH)
        .setNumHeads(2)
        .setSeed(123)
        .setBatchTokens(1024)
        .setBackend(backend)
        .transform(rows)
        .selectExpr(Expressions.DIGEST);
  }

  /** Runs rounds for some time; gives the processor time of each, in milliseconds. */
  private static List<Double> run(List<Dataset<Row>> jobs, Row expected, Duration time) {
    OperatingSystemMXBean process =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    List<Double> costs = new ArrayList<>();
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end || costs.size() < FEWEST_ROUNDS) {
      long start = process.getProcessCpuTime();
      for (Dataset<Row> job : jobs) {
        Row found = job.head();
        if (!found.equals(expected)) {
          throw new AssertionError("other bits: " + expected + " and " + found);
        }
      }
      costs.add((process.getProcessCpuTime() - start) / 1e6);
    }
    return costs;
  }

  private static double median(List<Double> costs) {
    return costs.stream().sorted().skip(costs.size() / 2).findFirst().orElseThrow();
  }

  /**
   * What a process holds.
   *
   * @param kib resident memory in KiB
   * @param threads its threads, without those of a pool of Spark's
   * @param files its open files
   */
  record Footprint(long kib, long threads, long files) {
    /** A pool of Spark's that grows with each broadcast, up to 128 threads. */
    private static final String POOL = "block-manager-";

    static Footprint now() throws IOException {
      System.gc();
      trim();
      try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
        long pooled =
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith(POOL))
                .count();
        return new Footprint(status("VmRSS:"), status("Threads:") - pooled, files.count());
      }
    }

    /** Has the allocator give back what was freed: the JIT compiler takes 200 MiB at times. */
    private static void trim() throws IOException {
      try {
        ObjectName commands = new ObjectName("com.sun.management:type=DiagnosticCommand");
        ManagementFactory.getPlatformMBeanServer()
            .invoke(commands, "systemTrimNativeHeap", null, null);
      } catch (ReflectionException e) {
        // A JVM before 17.0.9 has no such command, and is judged with what its allocator keeps.
      } catch (JMException e) {
        throw new IOException("the native heap can't be trimmed", e);
      }
    }

    private static long status(String name) throws IOException {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith(name))
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    }

    static Footprint parse(String text) {
      long[] numbers =
          Pattern.compile(" ").splitAsStream(text).mapToLong(Long::parseLong).toArray();
      return new Footprint(numbers[0], numbers[1], numbers[2]);
    }

    @Override
    public String toString() {
      return kib + " " + threads + " " + files;
    }
  }
}
