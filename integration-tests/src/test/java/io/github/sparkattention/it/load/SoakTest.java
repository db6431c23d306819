package io.github.sparkattention.it.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.it.cluster.SparkProcess;
import io.github.sparkattention.it.load.SoakJob.Footprint;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Mixed lengths, every backend that is there and several tasks, again and again.
 *
 * <p>What a JVM takes while it gets warm, it takes once; a leak grows for as long as one looks. So
 * the whole growth is bounded, and more narrowly that of the third of the time that grew least.
 */
class SoakTest {
  /** Code of the JIT compiler, and stacks of Spark's pools; the heap is resident all along. */
  private static final long MOST_GROWTH_KIB = 96 << 10;

  /**
   * A round has 24 batches of 1,024 tokens or a little less, and a third has ten rounds at least: a
   * buffer of tokens that is lost with every batch would be 28 MiB.
   */
  private static final long MOST_STEADY_GROWTH_KIB = 12 << 10;

  /** Spark makes and ends threads, and opens files, as it likes. */
  private static final long MOST_MORE = 8;

  @Test
  void fortyFiveSecondsLeaveMemoryThreadsFilesAndBitsAsTheyWere()
      throws IOException, InterruptedException {
    run(Duration.ofSeconds(45));
  }

  @Test
  @Tag("nightly")
  void thirtyMinutesLeaveMemoryThreadsFilesAndThroughputFlat()
      throws IOException, InterruptedException {
    List<Double> costs = run(Duration.ofMinutes(30));
    assertThat(costs.get(2)).as("processor time of a round").isLessThan(1.1 * costs.get(0));
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
      List<Footprint> held = new ArrayList<>();
      held.add(Footprint.parse(values(process, "warm").get(0)));
      values(process, "end").forEach(end -> held.add(Footprint.parse(end)));
      List<String> costs = values(process, "cost");
      System.out.printf(
          "Soak: %s of %s: in thirds %s rounds, KiB, threads and files %s, ms a round %s%n",
          args.subList(1, args.size()), time, values(process, "rounds"), held, costs);
      assertThat(growth(held, Footprint::threads)).as("more threads").isLessThan(MOST_MORE);
      assertThat(growth(held, Footprint::files)).as("more open files").isLessThan(MOST_MORE);
      assertThat(growth(held, Footprint::kib)).as("growth in KiB").isLessThan(MOST_GROWTH_KIB);
      assertThat(leastGrowth(held, Footprint::threads)).as("more threads each time").isLessThan(1);
      assertThat(leastGrowth(held, Footprint::files)).as("more files each time").isLessThan(1);
      assertThat(leastGrowth(held, Footprint::kib))
          .as("least growth in KiB")
          .isLessThan(MOST_STEADY_GROWTH_KIB);
      return costs.stream().map(Double::valueOf).toList();
    }
  }

  private static long growth(List<Footprint> held, ToLongFunction<Footprint> what) {
    return what.applyAsLong(held.get(held.size() - 1)) - what.applyAsLong(held.get(0));
  }

  /** The growth in the third that grew least. */
  private static long leastGrowth(List<Footprint> held, ToLongFunction<Footprint> what) {
    return IntStream.range(1, held.size())
        .mapToLong(i -> what.applyAsLong(held.get(i)) - what.applyAsLong(held.get(i - 1)))
        .min()
        .orElseThrow();
  }

  private static List<String> values(SparkProcess process, String name) {
    return process.out().stream()
        .filter(line -> line.startsWith(name + ": "))
        .map(line -> line.substring(name.length() + 2))
        .toList();
  }
}
