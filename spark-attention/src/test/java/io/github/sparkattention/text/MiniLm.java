package io.github.sparkattention.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The tokenizer of all-MiniLM-L6-v2. */
public final class MiniLm {
  private static final String RESOURCE = "/all-minilm-l6-v2-tokenizer.json";

  private MiniLm() {}

  /** Writes its tokenizer.json to a folder. */
  public static Path write(Path folder) {
    Path file = folder.resolve("tokenizer.json");
    try (InputStream in = MiniLm.class.getResourceAsStream(RESOURCE)) {
      Files.copy(in, file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }
}
