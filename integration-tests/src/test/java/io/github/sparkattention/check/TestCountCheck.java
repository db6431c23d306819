package io.github.sparkattention.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/**
 * Fails the build when fewer tests ran than there are.
 *
 * <p>A ScalaTest suite whose constructor throws leaves no trace in the reports, and nobody misses a
 * class that Surefire did not look for. So this class, which runs last and in a Surefire execution
 * of its own, compares the reports of each module with its test classes and with the {@code
 * tests.minimum} of its pom.
 */
class TestCountCheck {

  /** The folder of the modules; Surefire sets {@code basedir} to that of this module. */
  private static final Path ROOT =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();

  private static final Set<String> EXCLUDED_TAGS =
      Set.of(System.getProperty("tests.groups.excluded", "").split("\\s*,\\s*"));

  /** Runs its tests at night alone. */
  private static final String SCALA_2_12 = "spark-attention/spark35/scala-2.12";

  /** The modules whose tests this build ran. */
  static Stream<String> modules() {
    Stream<String> modules =
        Stream.of(
            "gpu-kernels",
            "spark-attention",
            "spark-attention/spark35/scala-2.13",
            "integration-tests");
    return EXCLUDED_TAGS.contains("nightly")
        ? modules
        : Stream.concat(modules, Stream.of(SCALA_2_12));
  }

  @ParameterizedTest
  @MethodSource("modules")
  void everyTestClassRan(String module) throws IOException, ReflectiveOperationException {
    Set<String> silent = testClasses(ROOT.resolve(module).resolve("target/test-classes"));
    for (Element test : reportedTests(module)) {
      // Not the test's own classname, which lacks the package when ScalaTest ran it.
      Element suite = (Element) test.getParentNode();
      silent.remove(topLevel(suite.getAttribute("name")));
    }
    assertThat(silent)
        .withFailMessage(
            "Module %s: expected a test in the reports for every test class, found none for %s"
                + " (a class that was removed or renamed stays until mvn clean).",
            module, String.join(", ", silent))
        .isEmpty();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void enoughTestsRan(String module) throws IOException {
    int minimum = minimum(module);
    long executed =
        reportedTests(module).stream()
            .filter(test -> test.getElementsByTagName("skipped").getLength() == 0)
            .count();
    assertThat(executed)
        .withFailMessage(
            "Module %s: expected at least %d executed tests (tests.minimum in its pom), found %d.",
            module, minimum, executed)
        .isGreaterThanOrEqualTo(minimum);
  }

  private static int minimum(String module) throws IOException {
    NodeList values =
        parse(ROOT.resolve(module).resolve("pom.xml")).getElementsByTagName("tests.minimum");
    assertThat(values.getLength())
        .withFailMessage(
            "Module %s: expected one tests.minimum in its pom, found %d.",
            module, values.getLength())
        .isEqualTo(1);
    return Integer.parseInt(values.item(0).getTextContent().strip());
  }

  /** The names of the classes that Surefire was to run. */
  private static Set<String> testClasses(Path folder)
      throws IOException, ReflectiveOperationException {
    Set<String> names = new TreeSet<>();
    try (URLClassLoader loader =
        new URLClassLoader(
            new URL[] {folder.toUri().toURL()}, TestCountCheck.class.getClassLoader())) {
      for (Path file : files(folder, Integer.MAX_VALUE, "**{Test,Suite}.class")) {
        String path = folder.relativize(file).toString();
        String name = path.substring(0, path.length() - ".class".length());
        if (name.equals(topLevel(name))) {
          Class<?> type = Class.forName(name.replace(File.separatorChar, '.'), false, loader);
          if (!Modifier.isAbstract(type.getModifiers()) && !isExcluded(type, folder)) {
            names.add(type.getName());
          }
        }
      }
    }
    return names;
  }

  private static boolean isExcluded(Class<?> type, Path folder) {
    return Arrays.stream(type.getAnnotationsByType(Tag.class))
        .map(Tag::value)
        .anyMatch(
            tag ->
                EXCLUDED_TAGS.contains(tag)
                    || (tag.equals("spark4") && folder.toString().contains("spark35")));
  }

  private static List<Element> reportedTests(String module) throws IOException {
    Path folder = ROOT.resolve(module).resolve("target/surefire-reports");
    List<Element> tests = new ArrayList<>();
    // Not the folders below, where a module may repeat some of its tests in other settings.
    for (Path report : files(folder, 1, "**/TEST-*.xml")) {
      NodeList cases = parse(report).getElementsByTagName("testcase");
      for (int i = 0; i < cases.getLength(); i++) {
        tests.add((Element) cases.item(i));
      }
    }
    return tests;
  }

  private static String topLevel(String className) {
    int end = className.indexOf('$');
    return end < 0 ? className : className.substring(0, end);
  }

  private static List<Path> files(Path folder, int depth, String glob) throws IOException {
    if (Files.notExists(folder)) {
      return List.of();
    }
    PathMatcher matcher = folder.getFileSystem().getPathMatcher("glob:" + glob);
    try (Stream<Path> files = Files.walk(folder, depth)) {
      return files.filter(matcher::matches).toList();
    }
  }

  private static Document parse(Path file) throws IOException {
    try {
      return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
    } catch (ParserConfigurationException | SAXException e) {
      throw new IOException("Cannot read " + file + ".", e);
    }
  }
}
