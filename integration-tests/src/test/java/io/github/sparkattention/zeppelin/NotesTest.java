package io.github.sparkattention.zeppelin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** Every paragraph of every note, in Zeppelin's own Spark interpreter. */
@Tag("zeppelin")
class NotesTest {
  @TestFactory
  Stream<DynamicContainer> everyParagraphGivesWhatIsSavedWithIt() throws IOException {
    return Note.all().stream().map(note -> dynamicContainer(note.fileName(), tests(note)));
  }

  private static Stream<DynamicNode> tests(Note note) {
    NoteInterpreter[] interpreter = new NoteInterpreter[1];
    List<DynamicNode> tests = new ArrayList<>();
    for (Paragraph paragraph : note.paragraphs()) {
      if (paragraph.interpreter().equals("spark.conf")) {
        tests.add(
            dynamicTest(
                paragraph.title(),
                () -> interpreter[0] = new NoteInterpreter(note, NoteSettings.of(paragraph))));
      } else {
        tests.add(dynamicTest(paragraph.title(), () -> check(interpreter[0], paragraph)));
      }
    }
    tests.add(dynamicTest("the interpreter closes", () -> interpreter[0].close()));
    return tests.stream();
  }

  private static void check(NoteInterpreter interpreter, Paragraph paragraph) throws Exception {
    List<Result> results = interpreter.run(paragraph);
    assertThat(results).isNotEmpty();
    assertThat(results.stream().map(Result::shape))
        .as("shapes of the results, saved: %s, now: %s", paragraph.savedResults(), results)
        .isEqualTo(paragraph.savedResults().stream().map(Result::shape).toList());
  }
}
