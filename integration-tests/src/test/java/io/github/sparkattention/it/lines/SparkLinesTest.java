package io.github.sparkattention.it.lines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.github.sparkattention.it.cluster.SparkProcess;
import io.github.sparkattention.it.cluster.TestClasses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the jars that were built, unchanged, on each line of Spark and on the Javas that there are,
 * and holds each run to the lines that the first one prints.
 */
@Timeout(3600)
class SparkLinesTest {
  /** For {@code bin/test --matrix}: all pairs, and a table of them. */
  private static final boolean ALL = Boolean.getBoolean("sparkattention.matrix");

  private static final String COMPUTES_ON = SmokeRun.LINE + "computes on = ";
  private static final Path TABLE = Path.of("target", "spark", "table");

  /** The Java of this build. */
  private static final int OWN = Runtime.version().feature();

  @TempDir private static Path folder;

  /** What {@link SparkLine#OF_BUILD} prints on the Java of this build. */
  private static List<String> expected;

  private static synchronized List<String> expected() throws Exception {
    if (expected == null) {
      Files.deleteIfExists(TABLE);
      Path first = folder.resolve("first");
      expected = run(SparkLine.OF_BUILD, OWN, first, first.resolve("stage"));
      assertThat(expected).hasSizeGreaterThan(15);
    }
    return expected;
  }

  /** Every line on the Java of this build, and on each newer Java the newest line that takes it. */
  static List<Run> runs() {
    List<Run> runs = new ArrayList<>();
    for (int java : Stream.of(OWN, 17, 21, 25).distinct().toList()) {
      List<SparkLine> lines =
          SparkLine.ALL.stream()
              .filter(line -> java == OWN || line.newestJava() >= java)
              .filter(line -> java != OWN || !line.equals(SparkLine.OF_BUILD))
              .toList();
      boolean all = ALL || java == OWN;
      lines
          .subList(all ? 0 : lines.size() - 1, lines.size())
          .forEach(line -> runs.add(new Run(line, java)));
    }
    return runs;
  }

  record Run(SparkLine line, int java) {
    @Override
    public String toString() {
      return line + " on Java " + java;
    }
  }

  @ParameterizedTest
  @MethodSource("runs")
  void everyLineComputesTheSameBits(Run run) throws Exception {
    List<String> first = expected();
    Path own = folder.resolve(run.toString());
    assertThat(run(run.line(), run.java(), own, folder.resolve("first/stage")))
        .containsExactlyElementsOf(first);
  }

  /** What a run prints; that it has found SIMD is told by its last line. */
  private static List<String> run(SparkLine line, int java, Path folder, Path saved)
      throws IOException, InterruptedException {
    Path javaHome = javaHome(java);
    List<Path> classPath = line.classPath();
    Path program = program(line, folder);
    String paths = classPath.stream().map(Path::toString).collect(Collectors.joining(":"));
    List<String> jvmArgs = List.of("-XX:+UseSerialGC", "-Xmx1g", "-cp", paths);
    try (SparkProcess process =
        SparkProcess.start(
            javaHome,
            Map.of("SPARK_LOCAL_IP", "127.0.0.1"),
            jvmArgs,
            "org.apache.spark.deploy.SparkSubmit",
            "--master=local[2]",
            "--conf=spark.ui.enabled=false",
            "--conf=spark.driver.host=127.0.0.1",
            "--conf=spark.driver.bindAddress=127.0.0.1",
            "--conf=spark.sql.shuffle.partitions=3",
            "--conf=spark.sql.extensions=io.github.sparkattention.sql.AttentionExtensions",
            "--conf=spark.plugins=io.github.sparkattention.plugin.AttentionPlugin",
            "--conf=spark.attention.backend=threads",
            "--jars=" + line.jar(),
            "--class=" + SmokeRun.class.getName(),
            program.toString(),
            folder.toString(),
            saved.toUri().toString())) {
      assertThat(process.awaitExit()).as("%s on Java %s: %s", line, java, process).isZero();
      List<String> lines =
          process.out().stream().filter(text -> text.startsWith(SmokeRun.LINE)).toList();
      assertThat(lines.get(lines.size() - 1))
          .startsWith(COMPUTES_ON + "Java threads (2 threads, SIMD of ");
      note(line, java);
      return lines;
    }
  }

  /** What a user compiles, once for all lines that one jar of ours is for. */
  private static Path program(SparkLine line, Path folder) throws IOException {
    Path jar = folder.resolveSibling(folder.getFileName() + ".jar");
    if (line.isOfBuild()) {
      return TestClasses.writeJar(jar, SmokeRun.class);
    }
    List<Path> classPath = new ArrayList<>(line.classPath());
    classPath.add(line.jar());
    Path classes = Files.createDirectory(folder.resolveSibling(folder.getFileName() + "-classes"));
    return TestClasses.compileJar(jar, SmokeRun.class, classPath, classes);
  }

  private static Path javaHome(int java) {
    String home = System.getProperty("sparkattention.java." + java, "");
    if (java == OWN) {
      return Path.of(System.getProperty("java.home"));
    }
    if (home.isEmpty()) {
      String name = "java-" + java;
      if (List.of(System.getProperty("sparkattention.require", "").split(",")).contains(name)) {
        fail("Tests on %s are required, but -Dsparkattention.java.%s is not set.", name, java);
      }
      Assumptions.abort("not run, since bin/test has found no Java " + java);
    }
    return Path.of(home);
  }

  private static void note(SparkLine line, int java) throws IOException {
    Files.writeString(
        TABLE,
        String.format("%s %s %s %d%n", line, line.version(), line.artifact(), java),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }
}
