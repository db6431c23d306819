package io.github.sparkattention.it.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.it.cluster.SparkProcess;
import io.github.sparkattention.it.load.SoakJob.Footprint;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Mixed lengths, every backend that is there and several tasks, for minutes. */
class SoakTest {
  /** Code of the JIT compiler, and stacks of Spark's pools; the heap is resident all along. */
  private static final long MOST_GROWTH_KIB = 96 << 10;

  /** Spark makes and ends threads, and opens files, as it likes. */
  private static final long MOST_MORE = 8;

  @Test
  void threeMinutesLeaveMemoryThreadsFilesAndBitsAsTheyWere()
      throws IOException, InterruptedException {
    run(Duration.ofMinutes(3));
  }

  @Test
  @Tag("nightly")
  void thirtyMinutesLeaveMemoryThreadsFilesAndThroughputFlat()
      throws IOException, InterruptedException {
    List<Double> thirds = run(Duration.ofMinutes(30));
    assertThat(thirds.get(2)).as("processor time of a round").isLessThan(1.1 * thirds.get(0));
  }

  /** The processor time of a round in each third, which other processes don't lengthen. */
  private static List<Double> run(Duration time) throws IOException, InterruptedException {
    List<String> args = new ArrayList<>(List.of("" + time.toSeconds(), "threads"));
    if (System.getProperty("sparkattention.require", "").contains("opencl")) {
      args.add("opencl");
    }
    List<String> jvmArgs =
        List.of(
            "-Xms640m",
            "-Xmx640m",
            "-XX:+AlwaysPreTouch",
            "-Dlog4j2.configurationFile=io/github/sparkattention/job/log4j2.properties",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    try (SparkProcess process =
        SparkProcess.start(
            Map.of("MALLOC_ARENA_MAX", "1"),
            jvmArgs,
            SoakJob.class.getName(),
            args.toArray(String[]::new))) {
      int code = process.awaitExit(time.plus(SparkProcess.PATIENCE));
      assertThat(code).as(process.toString()).isZero();
      Footprint warm = Footprint.parse(values(process, "warm").get(0));
      Footprint end = Footprint.parse(values(process, "end").get(0));
      List<String> thirds = values(process, "third");
      System.out.printf(
          "Soak: %s of %s: %s rounds, KiB, threads and files %s and then %s, ms a round %s%n",
          args.subList(1, args.size()), time, values(process, "rounds").get(0), warm, end, thirds);
      assertThat(Integer.parseInt(values(process, "rounds").get(0))).isGreaterThan(10);
      assertThat(end.threads() - warm.threads()).as("more threads").isLessThan(MOST_MORE);
      assertThat(end.files() - warm.files()).as("more open files").isLessThan(MOST_MORE);
      assertThat(end.kib() - warm.kib()).as("growth in KiB").isLessThan(MOST_GROWTH_KIB);
      return thirds.stream().map(Double::valueOf).toList();
    }
  }

  private static List<String> values(SparkProcess process, String name) {
    return process.out().stream()
        .filter(line -> line.startsWith(name + ": "))
        .map(line -> line.substring(name.length() + 2))
        .toList();
  }
}
