package io.github.sparkattention.it.cluster;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A folder that Spark's programs take for an installation of Spark: its {@code jars} are links to
 * the jars of this JVM's class path. Like a real installation, it holds nothing of this project.
 */
public final class SparkHome {
  /** What Spark doesn't bring: this project, what its own jar carries, and the tests' libraries. */
  private static final Pattern NOT_OF_SPARK =
      Pattern.compile(
          "(aparapi|assertj|awaitility|bcel|byte-buddy|commons-lang|datafaker|gpu-kernels|hamcrest|junit"
              + "|picocli|scala-compiler|scalatest|spark-attention|spark-interpreter|spark3?-shims|surefire"
              + "|zeppelin)[-_].*");

  private final Path folder;

  private SparkHome(Path folder) {
    this.folder = folder;
  }

  /** The folder of this module's tests, which their own environment names for local clusters. */
  public static SparkHome ofTests() throws IOException {
    return create(Path.of(System.getenv("SPARK_HOME")));
  }

  /** Makes the folder, or completes it. */
  public static SparkHome create(Path folder) throws IOException {
    Path jars = Files.createDirectories(folder.resolve("jars"));
    for (String entry : jarsOfSpark()) {
      Path jar = Path.of(entry);
      link(jars.resolve(jar.getFileName()), jar);
    }
    return new SparkHome(folder);
  }

  private static void link(Path link, Path jar) throws IOException {
    try {
      Files.createSymbolicLink(link, jar);
    } catch (FileAlreadyExistsException e) {
      if (!Files.readSymbolicLink(link).equals(jar)) {
        Files.delete(link);
        Files.createSymbolicLink(link, jar);
      }
    }
  }

  /** The class path of the tests, which begins with {@link #jarsOfSpark()}. */
  public static List<String> classPath() {
    return testClassPath().sorted(Comparator.comparing(entry -> !isOfSpark(entry))).toList();
  }

  /** The jars of Spark and of what it needs. */
  static List<String> jarsOfSpark() {
    return testClassPath().filter(SparkHome::isOfSpark).toList();
  }

  /** Surefire's own java.class.path is a jar that only names others. */
  private static Stream<String> testClassPath() {
    return Arrays.stream(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
            .split(":"));
  }

  private static boolean isOfSpark(String entry) {
    String name = Path.of(entry).getFileName().toString();
    return name.endsWith(".jar") && !NOT_OF_SPARK.matcher(name).matches();
  }

  /** The jar that users give to {@code spark-submit}. */
  public static Path shadedJar() throws IOException {
    return shadedJar("spark-attention");
  }

  /** The jar that a module makes for users to give to {@code spark-submit}. */
  public static Path shadedJar(String module) throws IOException {
    // Surefire sets basedir to the folder of this module.
    Path target =
        Path.of(System.getProperty("basedir", ""))
            .toAbsolutePath()
            .resolve("..")
            .resolve(module)
            .resolve("target");
    try (Stream<Path> files = Files.list(target.normalize())) {
      return files
          .filter(file -> file.getFileName().toString().matches("spark-attention.*_.*-all\\.jar"))
          .findFirst()
          .orElseThrow(
              () ->
                  new AssertionError("no *-all.jar in " + target + "; build it with mvn package"));
    }
  }

  /** The folder. */
  public Path folder() {
    return folder;
  }

  /** What a process of Spark needs in its environment to start executors from this folder. */
  public Map<String, String> environment() {
    return Map.of(
        "SPARK_HOME", folder.toString(),
        // Spark would look for the folders of its own build to find its version of Scala.
        "SPARK_SCALA_VERSION", "2.13",
        "SPARK_LOCAL_IP", "127.0.0.1");
  }

  /** Starts a program of Spark, as its shell scripts do. */
  public SparkProcess start(
      Map<String, String> moreEnvironment, String memory, String main, String... args)
      throws IOException, InterruptedException {
    return start(moreEnvironment, memory, QuickStart.jvmArgs(), main, args);
  }

  private SparkProcess start(
      Map<String, String> moreEnvironment,
      String memory,
      List<String> moreJvmArgs,
      String main,
      String... args)
      throws IOException {
    Map<String, String> environment = new HashMap<>(environment());
    environment.putAll(moreEnvironment);
    List<String> jvmArgs = new ArrayList<>(moreJvmArgs);
    jvmArgs.addAll(List.of("-Xmx" + memory, "-cp", String.join(":", jarsOfSpark())));
    return SparkProcess.start(environment, jvmArgs, main, args);
  }

  /** Starts what {@code spark-submit} starts. */
  public SparkProcess submit(String... args) throws IOException, InterruptedException {
    return submit(QuickStart.jvmArgs(), args);
  }

  /** Starts what {@code spark-submit} starts, with arguments of the JVM. */
  SparkProcess submit(List<String> jvmArgs, String... args) throws IOException {
    List<String> all = new ArrayList<>();
    all.addAll(List.of("--conf", "spark.driver.host=127.0.0.1"));
    all.addAll(List.of("--conf", "spark.driver.bindAddress=127.0.0.1"));
    all.addAll(List.of(args));
    return start(
        Map.of(), "1g", jvmArgs, "org.apache.spark.deploy.SparkSubmit", all.toArray(new String[0]));
  }
}
