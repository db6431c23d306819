package io.github.sparkattention.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Distinct English sentences, in the order that they were found. */
final class Sentences {
  private final int limit;
  private final Set<String> found = new LinkedHashSet<>();

  Sentences(int limit) {
    this.limit = limit;
  }

  /** Takes the sentences of a text that are at least two words long, up to the limit. */
  void addAll(String text) {
    String line = text.replaceAll("\\s+", " ").strip();
    BreakIterator breaks = BreakIterator.getSentenceInstance(Locale.ENGLISH);
    breaks.setText(line);
    int start = breaks.first();
    for (int end = breaks.next(); end != BreakIterator.DONE && !isFull(); end = breaks.next()) {
      String sentence = line.substring(start, end).strip();
      if (sentence.matches(".*\\p{L}.* .*\\p{L}.*")) {
        found.add(sentence);
      }
      start = end;
    }
  }

  void addFile(Path file) throws IOException {
    addAll(Files.readString(file));
  }

  boolean isFull() {
    return found.size() >= limit;
  }

  List<String> list() {
    return new ArrayList<>(found);
  }
}
