package io.github.sparkattention.it.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.tools.ToolProvider;

/** The classes of these tests as a jar, for what of them runs on executors. */
public final class TestClasses {
  private TestClasses() {}

  /** Writes a jar of all of them. */
  public static Path writeJar(Path jar) throws IOException {
    Path root = root();
    return write(jar, root, classes(root));
  }

  /** Writes a jar of one alone. */
  public static Path writeJar(Path jar, Class<?> type) throws IOException {
    Path root = root();
    return write(jar, root, List.of(root.resolve(type.getName().replace('.', '/') + ".class")));
  }

  /**
   * Writes a jar of one alone, compiled anew.
   *
   * @param jar the jar
   * @param type the class
   * @param classPath what it is compiled with
   * @param folder where its class files go first
   */
  public static Path compileJar(Path jar, Class<?> type, List<Path> classPath, Path folder)
      throws IOException {
    Path source = Path.of("src/test/java", type.getName().replace('.', '/') + ".java");
    int exit =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "--release=17",
                "-d",
                folder.toString(),
                "-cp",
                classPath.stream().map(Path::toString).collect(Collectors.joining(":")),
                source.toString());
    assertThat(exit).as("exit code of the compiler for %s", source).isZero();
    return write(jar, folder, classes(folder));
  }

  private static Path root() throws IOException {
    try {
      return Path.of(TestClasses.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }

  private static Path write(Path jar, Path root, List<Path> files) throws IOException {
    try (OutputStream out = Files.newOutputStream(jar);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (Path file : files) {
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
