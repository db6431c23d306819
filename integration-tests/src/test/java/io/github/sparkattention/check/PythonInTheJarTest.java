package io.github.sparkattention.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.it.cluster.SparkHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/** {@code --py-files} takes the jar that {@code --jars} takes. */
class PythonInTheJarTest {
  private static final Path MODULE =
      Path.of("..", "spark-attention", "src", "main", "resources", "sparkattention");

  @Test
  void theJarHasTheModuleAtItsRoot() throws IOException {
    List<Path> sources;
    try (Stream<Path> files = Files.list(MODULE)) {
      sources = files.filter(Files::isRegularFile).sorted().toList();
    }
    assertThat(sources).extracting(file -> file.getFileName().toString()).contains("__init__.py");
    try (ZipFile jar = new ZipFile(SparkHome.shadedJar().toFile())) {
      for (Path source : sources) {
        ZipEntry entry = jar.getEntry("sparkattention/" + source.getFileName());
        assertThat(entry).as(source.toString()).isNotNull();
        assertThat(jar.getInputStream(entry).readAllBytes()).isEqualTo(Files.readAllBytes(source));
      }
    }
  }
}
