package io.github.sparkattention.zeppelin;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A note of the module notebooks: a .zpln file, which is Zeppelin's JSON. */
final class Note {
  /** The folder of the notes; Surefire sets {@code basedir} to that of this module. */
  private static final Path FOLDER =
      Path.of(System.getProperty("basedir", "")).toAbsolutePath().resolveSibling("notebooks");

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path file;
  private final ObjectNode json;

  private Note(Path file, ObjectNode json) {
    this.file = file;
    this.json = json;
  }

  /** All notes, in the order of their names. */
  static List<Note> all() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      List<Note> notes = new ArrayList<>();
      for (Path file : files.filter(f -> f.toString().endsWith(".zpln")).sorted().toList()) {
        notes.add(new Note(file, (ObjectNode) MAPPER.readTree(file.toFile())));
      }
      return notes;
    }
  }

  String fileName() {
    return file.getFileName().toString();
  }

  String name() {
    return json.get("name").textValue();
  }

  String id() {
    return json.get("id").textValue();
  }

  ObjectNode json() {
    return json;
  }

  @Override
  public String toString() {
    return fileName();
  }

  String text() throws IOException {
    return Files.readString(file);
  }

  List<Paragraph> paragraphs() {
    return paragraphs(json);
  }

  /** The paragraphs of any note's JSON. */
  static List<Paragraph> paragraphs(JsonNode note) {
    List<Paragraph> paragraphs = new ArrayList<>();
    for (JsonNode paragraph : note.get("paragraphs")) {
      paragraphs.add(new Paragraph((ObjectNode) paragraph));
    }
    return paragraphs;
  }

  /** Writes the note as Zeppelin does, two spaces a level. */
  void write() throws IOException {
    DefaultIndenter lines = new DefaultIndenter("  ", "\n");
    DefaultPrettyPrinter printer =
        new DefaultPrettyPrinter().withObjectIndenter(lines).withArrayIndenter(lines);
    Files.writeString(file, MAPPER.writer(printer).writeValueAsString(json) + "\n");
  }
}
