package io.github.sparkattention.it.lines;

import static org.assertj.core.api.Assertions.fail;

import io.github.sparkattention.it.cluster.SparkHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A line of Spark that a jar of this project is built for. {@code bin/test} resolves each and
 * writes its class path to {@code target/spark}. {@code -Dsparkattention.require=spark-4.1} turns a
 * missing one from a skip into a failure.
 *
 * @param name the profile of the build that has its version
 * @param artifact the jar, without version, that runs on it
 * @param newestJava the newest Java with a long life that it runs on
 */
record SparkLine(String name, String artifact, int newestJava) {
  private static final String ARTIFACT = "spark-attention_2.13";

  /** The line of the build, to which the others are compared. */
  static final SparkLine OF_BUILD = new SparkLine("spark-4.0", ARTIFACT, 21);

  static final List<SparkLine> ALL =
      List.of(
          OF_BUILD,
          new SparkLine("spark-4.1", ARTIFACT, 21),
          new SparkLine("spark-4.2", ARTIFACT, 25));

  /** The jars of this Spark and of what it needs. */
  List<Path> classPath() throws IOException {
    Path file = Path.of("target", "spark", name);
    if (Files.notExists(file)) {
      String absence = file.toAbsolutePath() + ", which bin/test writes, is not there";
      if (List.of(System.getProperty("sparkattention.require", "").split(",")).contains(name)) {
        fail("Tests on %s are required, but %s.", name, absence);
      }
      Assumptions.abort("not run, since " + absence);
    }
    return List.of(Files.readString(file).strip().split(":")).stream().map(Path::of).toList();
  }

  /** The jar that users of this line give to Spark. */
  Path jar() throws IOException {
    return SparkHome.shadedJar();
  }

  /** The version of Spark. */
  String version() throws IOException {
    return classPath().stream()
        .map(jar -> jar.getFileName().toString())
        .filter(jar -> jar.startsWith("spark-mllib_"))
        .map(jar -> jar.replaceFirst("spark-mllib_[^-]*-(.*)\\.jar", "$1"))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public String toString() {
    return name;
  }
}
