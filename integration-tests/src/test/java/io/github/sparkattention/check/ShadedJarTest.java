package io.github.sparkattention.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.it.cluster.SparkHome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/** Holds the jar that users give to Spark to what it is to have, and to nothing else. */
class ShadedJarTest {
  /** Where Aparapi looks for its libraries, which are at the root. */
  private static final Pattern NATIVE = Pattern.compile("(linux|osx|win)/.+");

  /** Ours, in Java and Python, what is relocated into ours, and the two libraries that can't be. */
  private static final List<String> ROOTS =
      List.of(
          "META-INF/",
          "com/aparapi/",
          "io/github/sparkattention/",
          "org/apache/bcel/",
          "sparkattention/");

  private static List<String> entries(Path jar) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      return zip.stream().filter(entry -> !entry.isDirectory()).map(ZipEntry::getName).toList();
    }
  }

  private static Set<String> natives(Path jar) throws IOException {
    Set<String> natives = new TreeSet<>(entries(jar));
    natives.removeIf(entry -> !NATIVE.matcher(entry).matches());
    return natives;
  }

  private static Path otherNatives() throws IOException {
    Path target = SparkHome.shadedJar().resolve("../../../gpu-kernels/target").normalize();
    try (var files = Files.newDirectoryStream(target, "gpu-kernels-*-other-natives.jar")) {
      return files.iterator().next();
    }
  }

  @Test
  void nativeLibrariesAreThoseOfLinuxAndMacOs() throws IOException {
    assertThat(natives(SparkHome.shadedJar()))
        .containsExactlyInAnyOrder(
            "linux/libaparapi_aarch64.so",
            "linux/libaparapi_x86_64.so",
            "osx/libaparapi_x86_64.dylib");
    assertThat(Files.size(SparkHome.shadedJar())).isLessThan(8_000_000);
  }

  @Test
  void theOthersAreInAJarOfTheirOwn() throws IOException {
    Path aparapi = null;
    for (String entry : SparkHome.classPath()) {
      if (entry.matches(".*/aparapi-jni-[^/]*\\.jar")) {
        aparapi = Path.of(entry);
      }
    }
    Set<String> all = new TreeSet<>(natives(SparkHome.shadedJar()));
    assertThat(natives(otherNatives()))
        .contains("win/libaparapi_x86_64.dll")
        .doesNotContainAnyElementsOf(all);
    all.addAll(natives(otherNatives()));
    assertThat(all).isEqualTo(natives(aparapi));
  }

  @Test
  void nothingElseLiesInIt() throws IOException {
    List<String> stray =
        entries(SparkHome.shadedJar()).stream()
            .filter(entry -> ROOTS.stream().noneMatch(entry::startsWith))
            .filter(entry -> !NATIVE.matcher(entry).matches())
            .toList();
    assertThat(stray).isEmpty();
    assertThat(entries(SparkHome.shadedJar())).doesNotContain("META-INF/jpms.args");
  }
}
