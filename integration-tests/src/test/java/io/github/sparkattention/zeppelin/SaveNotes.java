package io.github.sparkattention.zeppelin;

import java.io.IOException;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/**
 * Not a test, but what saves the notes' results, with the class path of their test: {@code mvn -pl
 * integration-tests -am test -Dtest=SaveNotes -Dsurefire.failIfNoSpecifiedTests=false}.
 */
@Tag("zeppelin")
class SaveNotes {
  @TestFactory
  Stream<DynamicTest> save() throws IOException {
    return Note.all().stream()
        .filter(note -> note.fileName().contains(System.getProperty("note", "")))
        .map(note -> DynamicTest.dynamicTest(note.fileName(), () -> save(note)));
  }

  private static void save(Note note) throws Exception {
    List<Paragraph> paragraphs = note.paragraphs();
    Paragraph settings = paragraphs.get(0);
    settings.save(List.of());
    try (NoteInterpreter interpreter = new NoteInterpreter(note, NoteSettings.of(settings))) {
      for (Paragraph paragraph : paragraphs.subList(1, paragraphs.size())) {
        paragraph.save(interpreter.run(paragraph));
      }
    }
    note.write();
  }
}
