package io.github.sparkattention.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Reads the imports of all sources: each room of the house may know of those below it alone. */
class RoomsTest {
  private static final String BASE = "io.github.sparkattention";
  private static final List<String> MODULES = List.of("gpu-kernels", "spark-attention");

  /** Folders of sources; those that not all modules have are for versions of Spark and Scala. */
  private static final List<String> MAIN = List.of("main", "spark4", "spark35", "scala212");

  /** By room the rooms that it may import, as they stand below the base package. */
  private static final Map<String, Set<String>> ALLOWED = allowed();

  private static final Pattern PACKAGE = Pattern.compile("^package ([\\w.]+);", Pattern.MULTILINE);
  private static final Pattern NAME =
      Pattern.compile("\\bio\\.github\\.sparkattention((?:\\.[a-z]\\w*)*)\\.[A-Z]");

  private static Map<String, Set<String>> allowed() {
    Map<String, Set<String>> allowed = new TreeMap<>();
    allowed.put("kernels", Set.of());
    allowed.put("kernels.contract", Set.of("kernels"));
    allowed.put("kernels.files", Set.of("kernels"));
    allowed.put("kernels.checkpoints", Set.of("kernels", "kernels.files"));
    allowed.put("kernels.internal.loops", Set.of("kernels", "kernels.contract"));
    Set<String> loops = Set.of("kernels", "kernels.contract", "kernels.internal.loops");
    allowed.put("kernels.internal.plain", loops);
    allowed.put("kernels.internal.vector", loops);
    allowed.put(
        "kernels.threads",
        Set.of("kernels", "kernels.contract", "kernels.internal.loops", "kernels.internal.plain"));
    allowed.put("kernels.internal.device", Set.of("kernels", "kernels.contract"));
    Set<String> device = Set.of("kernels", "kernels.contract", "kernels.internal.device");
    allowed.put("kernels.internal.launches", device);
    allowed.put(
        "kernels.opencl",
        Set.of(
            "kernels", "kernels.contract", "kernels.internal.device", "kernels.internal.launches"));
    allowed.put(
        "kernels.backends",
        Set.of("kernels", "kernels.contract", "kernels.threads", "kernels.opencl"));
    Set<String> kernels =
        Set.of(
            "kernels",
            "kernels.contract",
            "kernels.files",
            "kernels.checkpoints",
            "kernels.backends");
    allowed.put("internal.spark", Set.of());
    allowed.put("internal.pieces", Set.of());
    below(allowed, kernels, "text", "internal.pieces");
    below(allowed, kernels, "internal.expressions", "text", "internal.spark");
    below(allowed, kernels, "internal.files", "text", "internal.spark");
    below(allowed, kernels, "internal.executor", "internal.spark");
    below(allowed, kernels, "internal.forms", "internal.spark");
    below(allowed, kernels, "internal.results", "internal.forms", "internal.spark");
    below(
        allowed,
        kernels,
        "internal.weights",
        "internal.executor",
        "internal.files",
        "internal.spark");
    below(
        allowed,
        kernels,
        "internal.batches",
        "internal.results",
        "internal.executor",
        "internal.spark");
    below(
        allowed,
        kernels,
        "internal.rows",
        "internal.batches",
        "internal.weights",
        "internal.results",
        "internal.forms",
        "internal.executor",
        "internal.spark");
    below(
        allowed,
        kernels,
        "internal.plan",
        "internal.rows",
        "internal.batches",
        "internal.weights",
        "internal.results",
        "internal.forms",
        "internal.executor",
        "internal.spark");
    below(
        allowed,
        kernels,
        "internal.functions",
        "internal.plan",
        "internal.rows",
        "internal.batches",
        "internal.weights",
        "internal.results",
        "internal.forms",
        "internal.executor",
        "internal.files",
        "internal.expressions",
        "internal.spark");
    below(
        allowed,
        kernels,
        "sql",
        "internal.functions",
        "internal.expressions",
        "internal.plan",
        "internal.rows",
        "internal.batches",
        "internal.results",
        "internal.spark");
    below(
        allowed,
        kernels,
        "internal.stages",
        "internal.batches",
        "internal.results",
        "internal.forms",
        "internal.spark");
    below(allowed, kernels, "plugin", "internal.executor", "internal.spark");
    below(
        allowed,
        kernels,
        "",
        "internal.stages",
        "sql",
        "plugin",
        "text",
        "internal.functions",
        "internal.expressions",
        "internal.plan",
        "internal.rows",
        "internal.batches",
        "internal.weights",
        "internal.results",
        "internal.forms",
        "internal.files",
        "internal.executor",
        "internal.spark");
    allowed.put("internal.svg", Set.of());
    allowed.put("plot", Set.of("internal.svg"));
    below(
        allowed,
        kernels,
        "internal.options",
        "",
        "plugin",
        "internal.batches",
        "internal.files",
        "internal.executor");
    below(
        allowed,
        kernels,
        "internal.runs",
        "internal.options",
        "plugin",
        "internal.rows",
        "internal.files",
        "internal.executor",
        "internal.spark");
    below(
        allowed,
        kernels,
        "job",
        "internal.runs",
        "internal.options",
        "",
        "text",
        "plot",
        "internal.batches",
        "internal.files");
    return allowed;
  }

  private static void below(
      Map<String, Set<String>> allowed, Set<String> kernels, String room, String... rooms) {
    Set<String> all = new TreeSet<>(kernels);
    all.addAll(List.of(rooms));
    allowed.put(room, all);
  }

  @Test
  void noRoomImportsOneThatIsNotBelowIt() throws IOException {
    Set<String> forbidden = new TreeSet<>();
    Set<String> seen = new TreeSet<>();
    for (String module : MODULES) {
      for (Path file : sources(module, MAIN)) {
        read(file, seen, forbidden);
      }
    }
    assertThat(forbidden).isEmpty();
    assertThat(seen)
        .as("rooms that there are, and that this test knows")
        .isEqualTo(ALLOWED.keySet());
  }

  /** What a version of Spark changes is in one room, and other sources are compiled for each. */
  @Test
  void onlyOneRoomKnowsTheVersionOfSpark() throws IOException {
    List<Path> versions = sources("spark-attention", List.of("spark4", "spark35", "scala212"));
    assertThat(versions).hasSizeGreaterThanOrEqualTo(3);
    assertThat(versions)
        .allMatch(file -> file.getParent().endsWith("io/github/sparkattention/internal/spark"));
    for (Path file : sources("spark-attention", List.of("main", "test"))) {
      assertThat(withoutComments(Files.readString(file)))
          .as("%s, which is compiled for each version of Spark", file)
          .doesNotContain("org.apache.spark.sql.classic", "org.json4s");
    }
  }

  @Test
  void aForbiddenImportIsFound() {
    assertThat(names("import io.github.sparkattention.sql.AttentionFunctions;\n"))
        .containsExactly("sql");
    assertThat(names("import static io.github.sparkattention.ParamDeclaration.flag;\n"))
        .containsExactly("");
    assertThat(names("x = new io.github.sparkattention.internal.rows.TaskBatch();"))
        .containsExactly("internal.rows");
    assertThat(ALLOWED.get("internal.plan")).doesNotContain("internal.functions", "sql");
    assertThat(ALLOWED.get("kernels.threads")).doesNotContain("kernels.opencl");
  }

  /** The Java files of some of a module's source folders. */
  private static List<Path> sources(String module, List<String> folders) throws IOException {
    List<Path> sources = new ArrayList<>();
    for (String folder : folders) {
      Path root = Path.of("..", module, "src", folder, "java");
      if (Files.exists(root)) {
        try (Stream<Path> files = Files.walk(root)) {
          files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
        }
      }
    }
    return sources;
  }

  private static void read(Path file, Set<String> seen, Set<String> forbidden) {
    String source;
    try {
      source = Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Matcher declared = PACKAGE.matcher(source);
    assertThat(declared.find()).as(file.toString()).isTrue();
    String room = room(declared.group(1).substring(BASE.length()));
    seen.add(room);
    for (String imported : names(withoutComments(source))) {
      if (!imported.equals(room) && !ALLOWED.getOrDefault(room, Set.of()).contains(imported)) {
        forbidden.add(String.format("%s imports '%s'", file, imported));
      }
    }
  }

  private static String withoutComments(String source) {
    return source
        .replaceAll("(?s)/\\*.*?\\*/", "")
        .replaceAll("\"(\\\\.|[^\"\\\\\\n])*\"", "\"\"")
        .replaceAll("//[^\\n]*", "");
  }

  /** The rooms of all classes that a text names in full. */
  private static Set<String> names(String text) {
    Set<String> rooms = new TreeSet<>();
    for (Matcher name = NAME.matcher(text); name.find(); ) {
      rooms.add(room(name.group(1)));
    }
    return rooms;
  }

  private static String room(String suffix) {
    return suffix.isEmpty() ? suffix : suffix.substring(1);
  }
}
