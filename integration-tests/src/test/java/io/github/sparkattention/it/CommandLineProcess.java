package io.github.sparkattention.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.it.cluster.QuickStart;
import io.github.sparkattention.it.cluster.SparkHome;
import io.github.sparkattention.it.cluster.SparkProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Runs the command line in a JVM of its own, with the class path of the tests. */
final class CommandLineProcess {
  /** The width of the column of names. */
  private static final int NAMES = 13;

  /** Commands with so much to compute that C2 pays. */
  private static final Set<String> MODEL_COMMANDS = Set.of("demo", "embed");

  private static final String MAIN = "io.github.sparkattention.job.SparkAttention";

  private CommandLineProcess() {}

  /**
   * What a run left behind.
   *
   * @param code the exit code
   * @param out standard output
   * @param errors standard error, without Spark's progress bar
   */
  record Result(int code, String out, List<String> errors) {
    /** The value of a line that a run prints about itself. */
    String value(String name) {
      return out.lines()
          .filter(line -> line.length() > NAMES && line.substring(0, NAMES).strip().equals(name))
          .findFirst()
          .map(line -> line.substring(NAMES))
          .orElseThrow(() -> new AssertionError("no line '" + name + "' in:\n" + this));
    }
  }

  static Result run(String... args) throws IOException, InterruptedException {
    return runWithout(jar -> false, args);
  }

  /** Leaves out some entries of the class path. */
  static Result runWithout(Predicate<String> leftOut, String... args)
      throws IOException, InterruptedException {
    return result(start(leftOut, args));
  }

  /** Starts a run that the caller ends. */
  static SparkProcess start(String... args) throws IOException, InterruptedException {
    return start(jar -> false, args);
  }

  private static SparkProcess start(Predicate<String> leftOut, String... args)
      throws IOException, InterruptedException {
    boolean runsModel = args.length > 1 && MODEL_COMMANDS.contains(args[0]);
    List<String> jvmArgs =
        new ArrayList<>(runsModel ? QuickStart.jvmArgsWithC2() : QuickStart.jvmArgs());
    jvmArgs.addAll(List.of("-Xmx1g", "-cp", classPath(leftOut)));
    return SparkProcess.start(Map.of(), jvmArgs, MAIN, args);
  }

  /** Waits for a run's end. */
  static Result result(SparkProcess process) throws InterruptedException {
    int code = process.awaitExit();
    String out = process.out().stream().map(line -> line + "\n").collect(Collectors.joining());
    return new Result(code, out, errors(process.errors()));
  }

  /** Asserts that a job failed, and said why in one line that holds all of this. */
  static void assertAttendFailed(Result result, String... message) {
    assertThat(result.errors())
        .singleElement()
        .asString()
        .startsWith("spark-attention attend: ")
        .contains(message);
    assertThat(result.code()).isEqualTo(1);
  }

  private static String classPath(Predicate<String> leftOut) {
    return String.join(":", SparkHome.classPath().stream().filter(leftOut.negate()).toList());
  }

  private static List<String> errors(List<String> lines) {
    return lines.stream()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .filter(line -> !line.startsWith("[Stage "))
        // The JVM's own word on what Spark 4 starts every JVM with.
        .filter(line -> !line.startsWith("WARNING: Using incubator modules"))
        // Aparapi's native library on any OpenCL 3 driver.
        .filter(line -> !line.startsWith("WARNING: Aparapi is running on an untested OpenCL"))
        .toList();
  }
}
