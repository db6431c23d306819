package io.github.sparkattention.internal.executor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a program in a JVM of its own, with the class path and the arguments of this one. */
public final class ChildJvm {
  private static final long TIMEOUT_SECONDS = 200;

  private ChildJvm() {}

  /**
   * Runs it to its end, which must be a good one.
   *
   * @return all that it wrote, the log included
   */
  public static String run(Path folder, Class<?> program, List<String> jvmArguments) {
    return run(folder, program, jvmArguments, System.getProperty("java.class.path"));
  }

  /**
   * As {@link #run(Path, Class, List)}, with another class path.
   *
   * @return all that it wrote, the log included
   */
  public static String run(
      Path folder, Class<?> program, List<String> jvmArguments, String classPath) {
    Path output = folder.resolve("output.log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.add("-Xmx1g");
    command.addAll(jvmArguments);
    command.addAll(List.of("-cp", classPath));
    command.addAll(List.of(program.getName(), folder.toString()));
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      try {
        assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
      } finally {
        process.destroyForcibly();
      }
      String text = Files.readString(output);
      assertThat(process.exitValue()).as(text).isZero();
      return text;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
