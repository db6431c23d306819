package io.github.sparkattention.it;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Runs the command line in a JVM of its own, with the class path of the tests. */
final class CommandLineProcess {
  /** The width of the column of names. */
  private static final int NAMES = 13;

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
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(arg -> arg.startsWith("--add-"))
        .forEach(command::add);
    command.addAll(List.of("-Xmx1g", "-XX:TieredStopAtLevel=1", "-cp", classPath(leftOut), MAIN));
    command.addAll(List.of(args));

    Path out = Files.createTempFile("out", ".txt");
    Path err = Files.createTempFile("err", ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    if (!process.waitFor(5, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new AssertionError("still running after 5 minutes: " + String.join(" ", args));
    }
    return new Result(process.exitValue(), Files.readString(out), errors(Files.readString(err)));
  }

  private static String classPath(Predicate<String> leftOut) {
    // Surefire's own java.class.path is a jar that only names the others.
    String all =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return String.join(":", Arrays.stream(all.split(":")).filter(leftOut.negate()).toList());
  }

  private static List<String> errors(String text) {
    return Arrays.stream(text.split("[\r\n]+"))
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
