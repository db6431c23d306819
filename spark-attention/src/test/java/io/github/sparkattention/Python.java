package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.python.Py4JServer;
import org.junit.jupiter.api.Assumptions;

/** Runs python3, which reaches this JVM's Spark session through Py4J. */
final class Python implements AutoCloseable {
  private static final String COMMAND = "python3";

  private final Py4JServer server = new Py4JServer(LocalSpark.session().sparkContext().getConf());
  private final Path folder;

  Python(Path folder) {
    this.folder = folder;
    server.start();
  }

  int port() {
    return server.getListeningPort();
  }

  String secret() {
    return server.secret();
  }

  /** What a Python said that ended well. */
  String run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(COMMAND));
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile(folder, "python", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().putAll(environment);
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    Process process = builder.start();
    boolean ended = process.waitFor(10, TimeUnit.MINUTES);
    process.destroyForcibly();
    String said = Files.readString(output);
    assertThat(ended).as("%s has ended; it said %s", command, said).isTrue();
    assertThat(process.exitValue()).as("%s, which said %s", command, said).isZero();
    return said;
  }

  /** Goes on if there is a Python, and else skips the test, or fails if it is required. */
  static void require() throws InterruptedException {
    try {
      Process process = new ProcessBuilder(COMMAND, "--version").start();
      Assumptions.assumeTrue(process.waitFor() == 0, "python3 doesn't run");
    } catch (IOException e) {
      absent(COMMAND, "there is no python3: " + e.getMessage());
    }
  }

  /** Skips a test, or fails it if what it needs is required. */
  static void absent(String what, String why) {
    List<String> required = List.of(System.getProperty("sparkattention.require", "").split(","));
    assertThat(required).as("required for tests, but " + why).doesNotContain(what);
    Assumptions.abort("not run, since " + why);
  }

  @Override
  public void close() {
    server.shutdown();
  }
}
