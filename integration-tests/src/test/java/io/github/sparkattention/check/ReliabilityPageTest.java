package io.github.sparkattention.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds docs/reliability.md to the tests that there are. */
class ReliabilityPageTest {
  private static final int CASES = 55;

  private static final Path ROOT =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().getParent();

  private static List<MatchResult> find(String regex) throws IOException {
    String page = Files.readString(ROOT.resolve("docs/reliability.md"));
    return Pattern.compile(regex, Pattern.MULTILINE).matcher(page).results().toList();
  }

  /** The sources of tests, by the names of their classes. */
  private static Map<String, Path> sources() throws IOException {
    Map<String, Path> sources = new TreeMap<>();
    for (String module : List.of("gpu-kernels", "spark-attention", "integration-tests")) {
      try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/test"))) {
        files
            .filter(file -> file.toString().endsWith(".java"))
            .forEach(file -> sources.put(file.getFileName().toString(), file));
      }
    }
    return sources;
  }

  @Test
  void everyCaseHasOneRowWithATest() throws IOException {
    assertThat(find("^\\| (\\d+)\\. [^|]+\\|[^|]+\\|[^|#]+#[^|]+\\|[^|]*\\w[^|]*\\|$"))
        .map(match -> Integer.valueOf(match.group(1)))
        .isEqualTo(IntStream.rangeClosed(1, CASES).boxed().toList());
  }

  @Test
  void everyTestThatIsNamedExists() throws IOException {
    Map<String, Path> sources = sources();
    List<MatchResult> tests = find("`(\\w+)#(\\w+)`");
    assertThat(tests).hasSizeGreaterThan(CASES);
    for (MatchResult test : tests) {
      Path source = sources.get(test.group(1) + ".java");
      assertThat(source).describedAs("the source of %s", test.group(1)).isNotNull();
      assertThat(Files.readString(source))
          .describedAs("%s", source)
          .containsPattern("\n  void " + test.group(2) + "\\(");
    }
  }
}
