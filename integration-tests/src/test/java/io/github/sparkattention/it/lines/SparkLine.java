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
 * @param module the folder of the module that makes this jar
 * @param newestJava the newest Java with a long life that it runs on
 */
record SparkLine(String name, String artifact, String module, int newestJava) {

  /** The line of the build, to which the others are compared. */
  static final SparkLine OF_BUILD = spark4("spark-4.0", 21);

  /** All of them, the oldest first. */
  static final List<SparkLine> ALL =
      List.of(
          spark35("2.12"),
          spark35("2.13"),
          OF_BUILD,
          spark4("spark-4.1", 21),
          spark4("spark-4.2", 25));

  private static SparkLine spark4(String name, int newestJava) {
    return new SparkLine(name, "spark-attention_2.13", "spark-attention", newestJava);
  }

  private static SparkLine spark35(String scala) {
    return new SparkLine(
        "spark-3.5-scala-" + scala,
        "spark-attention-spark35_" + scala,
        "spark-attention/spark35/scala-" + scala,
        17);
  }

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
    return SparkHome.shadedJar(module);
  }

  /** Whether it has the classes that a program compiled for the line of the build refers to. */
  boolean isOfBuild() {
    return module.equals(OF_BUILD.module);
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
