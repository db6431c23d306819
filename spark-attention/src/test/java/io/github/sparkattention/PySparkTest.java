package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Runs Python's tests by the PySpark at PYSPARK_HOME, on this JVM's session, if both are of one
 * major version. {@code -Dsparkattention.require=pyspark} turns its absence from a skip into a
 * failure.
 */
class PySparkTest {
  private static final String HOME = "PYSPARK_HOME";
  private static final String TESTS = "src/test/python/pyspark_tests";

  @TempDir private Path folder;

  @Test
  void pythonsTestsPassOnPySpark() throws IOException, InterruptedException {
    String home = System.getenv(HOME);
    if (home == null) {
      Python.absent("pyspark", HOME + " names no PySpark");
    }
    String path = pythonPath(Path.of(home, "python"));
    try (Python python = new Python(folder)) {
      String version =
          python.run(
              Map.of("PYTHONPATH", path, "SPARK_HOME", home),
              "-c",
              "import pyspark; print(pyspark.__version__)");
      String line = LocalSpark.session().version().replaceFirst("\\..*", ".");
      Assumptions.assumeTrue(
          version.startsWith(line), () -> "not run, since " + HOME + " has PySpark " + version);
      String said =
          python.run(
              Map.of(
                  "PYTHONPATH", path,
                  "PYSPARK_GATEWAY_PORT", Integer.toString(python.port()),
                  "PYSPARK_GATEWAY_SECRET", python.secret(),
                  "PYSPARK_PYTHON", "python3",
                  "SPARK_HOME", home,
                  "TEST_FOLDER", folder.toString(),
                  "TEST_ENCODER", TextModels.encoder(folder.resolve("encoder"), 11),
                  "TEST_SCORER", TextModels.scorer(folder.resolve("scorer"), 12)),
              "-m",
              "unittest",
              "discover",
              "-v",
              "-s",
              TESTS);
      assertThat(said).containsPattern("Ran [1-9]\\d* tests").contains("... ok");
    }
  }

  /** PySpark and Py4J, as folders or zips, and the module as the jar has it. */
  private static String pythonPath(Path python) throws IOException {
    List<String> path = new ArrayList<>(List.of(python.toString()));
    try (DirectoryStream<Path> zips = Files.newDirectoryStream(python.resolve("lib"), "*.zip")) {
      zips.forEach(zip -> path.add(zip.toString()));
    }
    path.add(Path.of("target", "classes").toAbsolutePath().toString());
    path.add(Path.of(TESTS).toAbsolutePath().toString());
    return String.join(File.pathSeparator, path);
  }
}
