package io.github.sparkattention.it.lines;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Reads what the classes of the built jar refer to, and looks for it in the jars of each Spark:
 * what compiles anew on a version may fail on it all the same, unless each member has the same
 * descriptor there.
 */
class LinkageTest {
  /** Ours, not those of libraries that were relocated into ours. */
  private static final String OURS = "io/github/sparkattention/(?!shaded/).*\\.class";

  /** What jars don't have: users of the demo bring it. */
  private static final String DEMO = ".* (net/datafaker/|dev/langchain4j/).*";

  /**
   * What Scala 2.12 adds to a trait for one method of its own, {@code verboseStringWithOperatorId},
   * which our node overrides, so that nobody calls it.
   */
  private static final String ACCESSOR =
      ".*/BatchAttentionExec does not implement .*UnaryExecNode\\$\\$super\\$formattedNodeName.*";

  static List<SparkLine> lines() {
    return SparkLine.ALL;
  }

  private static List<String> ours(Path jar) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      return zip.stream()
          .map(ZipEntry::getName)
          .filter(name -> name.matches(OURS))
          .map(name -> name.substring(0, name.length() - ".class".length()))
          .toList();
    }
  }

  private static Set<String> missing(Path jar, List<Path> spark) throws IOException {
    List<Path> classPath = new ArrayList<>(spark);
    classPath.add(jar);
    Set<String> missing = new TreeSet<>();
    try (Linkage linkage = new Linkage(classPath)) {
      ours(jar).forEach(name -> missing.addAll(linkage.missing(name)));
    }
    missing.removeIf(line -> line.matches(DEMO) || line.matches(ACCESSOR));
    return missing;
  }

  @ParameterizedTest
  @MethodSource("lines")
  void allThatTheJarRefersToIsThere(SparkLine line) throws IOException {
    assertThat(missing(line.jar(), line.classPath()))
        .as("what the jar wants and %s lacks", line)
        .isEmpty();
  }

  @Test
  void whatIsMissingIsFound() throws IOException {
    List<Path> withoutSql = new ArrayList<>(SparkLine.OF_BUILD.classPath());
    withoutSql.removeIf(jar -> jar.getFileName().toString().startsWith("spark-sql_"));
    String node = "io/github/sparkattention/internal/plan/BatchAttentionExec";
    assertThat(missing(SparkLine.OF_BUILD.jar(), withoutSql))
        .contains(
            node + " refers to the class org/apache/spark/sql/execution/SparkPlan",
            node + " calls " + node + ".sparkContext()Lorg/apache/spark/SparkContext;");
  }
}
