package io.github.sparkattention.kernels.opencl;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A JVM of its own for what this one can't undo: a library that was looked for, or a crash.
 *
 * @param exitCode 134 and 139 are what a crash in native code looks like
 * @param output standard output and standard error
 */
public record ChildJvm(int exitCode, List<String> output) {
  private static final int PATIENCE_SECONDS = 120;

  /**
   * Runs a main class with this JVM's class path.
   *
   * @param prefix a command that runs the JVM, or none
   * @param jvmArguments arguments of the JVM
   * @param main the class
   * @param arguments its arguments
   */
  public static ChildJvm run(
      List<String> prefix, List<String> jvmArguments, Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    return run(PATIENCE_SECONDS, prefix, jvmArguments, main, arguments);
  }

  /**
   * Runs a main class that may take longer.
   *
   * @param patienceSeconds after how long it is ended
   * @param prefix a command that runs the JVM, or none
   * @param jvmArguments arguments of the JVM
   * @param main the class
   * @param arguments its arguments
   */
  public static ChildJvm run(
      int patienceSeconds,
      List<String> prefix,
      List<String> jvmArguments,
      Class<?> main,
      String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // A crash must not leave its report where the sources are.
    command.add("-XX:ErrorFile=" + Path.of(System.getProperty("java.io.tmpdir"), "crash-%p.log"));
    command.add("--add-modules=jdk.incubator.vector");
    command.addAll(jvmArguments);
    // Surefire may have put the class path into a manifest.
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    command.addAll(List.of("-cp", classPath, main.getName()));
    command.addAll(List.of(arguments));
    Path log = Files.createTempFile("child-jvm", ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      if (!process.waitFor(patienceSeconds, TimeUnit.SECONDS)) {
        throw new IllegalStateException(
            String.format("not ended after %d s: %s%n%s", patienceSeconds, command, read(log)));
      }
      return new ChildJvm(process.exitValue(), read(log).lines().toList());
    } finally {
      process.destroyForcibly();
      Files.delete(log);
    }
  }

  /** What the child printed behind a word and a colon. */
  public String value(String name) {
    return output.stream()
        .filter(line -> line.startsWith(name + ": "))
        .map(line -> line.substring(name.length() + 2))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no " + name + " in " + this));
  }

  private static String read(Path log) {
    try {
      // Not readString, which refuses the bytes that a driver may leave in its messages.
      return new String(Files.readAllBytes(log), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
