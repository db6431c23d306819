package io.github.sparkattention.zeppelin;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The notes as they lie there, without running them. */
class SavedNotesTest {
  private static final int MOST_BYTES = 300_000;

  /** Folders of people and machines, in texts and in results. */
  private static final Pattern MACHINE_PATH =
      Pattern.compile("(?<![\\w/])/(home|root|Users|tmp|var|work|opt|mnt)/|[A-Z]:\\\\\\\\|file:/");

  private static final Pattern IMPORT =
      Pattern.compile("(?m)^\\s*import ([\\w.]+?)(?:\\.\\{(.+)})?$");

  private static final List<String> LIBRARIES =
      List.of("java.", "scala.", "org.apache.spark.", "net.datafaker.");

  static List<Note> notes() throws IOException {
    return Note.all();
  }

  @ParameterizedTest
  @MethodSource("notes")
  void theFirstParagraphLoadsThePlugin(Note note) {
    List<Paragraph> paragraphs = note.paragraphs();
    assertThat(paragraphs.get(0).interpreter()).isEqualTo("spark.conf");
    assertThat(paragraphs.get(0).body())
        .contains("spark.jars /path/to/spark-attention_2.13-0.1.0-all.jar");
    assertThat(paragraphs.subList(1, paragraphs.size()))
        .extracting(Paragraph::interpreter)
        .isSubsetOf("spark", "spark.sql");
  }

  @ParameterizedTest
  @MethodSource("notes")
  void everyParagraphHasATitleAndItsResults(Note note) {
    assertThat(note.paragraphs())
        .extracting(Paragraph::title)
        .doesNotContain("")
        .doesNotHaveDuplicates();
    assertThat(note.paragraphs()).extracting(Paragraph::status).containsOnly("FINISHED");
    for (Paragraph paragraph : note.paragraphs().subList(1, note.paragraphs().size())) {
      assertThat(paragraph.savedResults()).as(paragraph.title()).isNotEmpty();
      assertThat(paragraph.savedResults())
          .extracting(Result::type)
          .isSubsetOf("TEXT", "TABLE", "HTML");
    }
  }

  @ParameterizedTest
  @MethodSource("notes")
  void importsAreOfThePublicApi(Note note) throws ClassNotFoundException {
    for (String name : imports(note)) {
      if (name.startsWith("io.github.sparkattention.")) {
        assertThat(Modifier.isPublic(Class.forName(name).getModifiers())).as(name).isTrue();
      } else {
        assertThat(LIBRARIES).as(name).anyMatch(name::startsWith);
      }
    }
  }

  private static List<String> imports(Note note) {
    List<String> names = new ArrayList<>();
    for (Paragraph paragraph : note.paragraphs()) {
      for (MatchResult match : IMPORT.matcher(paragraph.body()).results().toList()) {
        Stream<String> classes =
            match.group(2) == null
                ? Stream.of(match.group(1))
                : Arrays.stream(match.group(2).split(","))
                    .map(c -> match.group(1) + "." + c.strip());
        classes.forEach(names::add);
      }
      assertThat(paragraph.body().lines().filter(line -> line.strip().startsWith("import ")))
          .as("imports that were not understood in '%s'", paragraph.title())
          .allMatch(line -> IMPORT.matcher(line).matches());
      assertThat(paragraph.body().replaceAll("(?m)^\\s*import .*$", ""))
          .as("names of classes without an import in '%s'", paragraph.title())
          .doesNotContain("io.github.sparkattention.kernels.", "org.apache.spark.sql.catalyst.");
    }
    return names;
  }

  @ParameterizedTest
  @MethodSource("notes")
  void noPathOfAMachineIsInThem(Note note) throws IOException {
    assertThat(note.text()).doesNotContainPattern(MACHINE_PATH);
    assertThat(note.text().getBytes(StandardCharsets.UTF_8)).hasSizeLessThan(MOST_BYTES);
  }
}
