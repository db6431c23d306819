package io.github.sparkattention;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.internal.stages.StageFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds the Python module to the Java code, or writes its params with -Dpython.write=true. */
class PythonModuleTest {
  private static final Path MODULE = Path.of("src", "main", "resources", "sparkattention");

  private static final String COMMAND =
      "mvn -pl spark-attention -am test -Dtest=PythonModuleTest"
          + " -Dsurefire.failIfNoSpecifiedTests=false -Dpython.write=true";

  @TempDir private Path folder;

  @Test
  void theParamsAreThoseOfTheCode() throws IOException {
    Path params = MODULE.resolve("params.py");
    if (Boolean.getBoolean("python.write")) {
      Files.writeString(params, PythonParams.text());
    }
    assertThat(params)
        .as("params.py, which is written anew by '%s'", COMMAND)
        .hasContent(PythonParams.text());
  }

  @Test
  void javaTakesWhatThePythonSourceSays() throws IOException, InterruptedException {
    Python.require();
    try (Python python = new Python(folder)) {
      String said =
          python.run(
              Map.of(),
              "src/test/python/compare.py",
              MODULE.toString(),
              Integer.toString(python.port()),
              python.secret());
      assertThat(said).contains("CausalAttention 29").endsWith("7 stages\n");
    }
  }

  @Test
  void oneCommandMakesAWheelOfEqualBytes() throws IOException, InterruptedException {
    Python.require();
    try (Python python = new Python(folder)) {
      String first = python.run(Map.of(), "../bin/python-wheel", folder.resolve("a").toString());
      String second = python.run(Map.of(), "../bin/python-wheel", folder.resolve("b").toString());
      Path wheel = Path.of(first.strip());
      assertThat(wheel)
          .hasFileName("spark_attention-" + StageFormat.PROJECT_VERSION + "-py3-none-any.whl")
          .hasSameBinaryContentAs(Path.of(second.strip()));
      assertThat(python.run(Map.of(), "-m", "zipfile", "-t", first.strip()))
          .startsWith("Done testing");
      String listed = python.run(Map.of(), "-m", "zipfile", "-l", first.strip());
      try (Stream<Path> files = Files.list(MODULE)) {
        assertThat(files.map(file -> "sparkattention/" + file.getFileName()))
            .contains("sparkattention/params.py", "sparkattention/py.typed")
            .allSatisfy(file -> assertThat(listed).contains(file));
      }
      assertThat(listed).contains("dist-info/RECORD", "dist-info/METADATA", "dist-info/LICENSE");
    }
  }
}
