package io.github.sparkattention.it.cluster;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** The classes of these tests as a jar, for what of them runs on executors. */
public final class TestClasses {
  private TestClasses() {}

  /** Writes the jar. */
  public static Path writeJar(Path jar) throws IOException {
    Path root;
    try {
      root = Path.of(TestClasses.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
    try (OutputStream out = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Path file : classes(root)) {
        zip.putNextEntry(new ZipEntry(root.relativize(file).toString()));
        Files.copy(file, zip);
      }
    }
    return jar;
  }

  private static List<Path> classes(Path root) throws IOException {
    try (Stream<Path> files = Files.walk(root.resolve("io/github/sparkattention"))) {
      return files.filter(file -> file.toString().endsWith(".class")).sorted().toList();
    }
  }
}
