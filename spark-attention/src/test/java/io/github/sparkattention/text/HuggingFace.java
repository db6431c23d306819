package io.github.sparkattention.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** Hugging Face's own tokenizers, which are native. */
final class HuggingFace implements AutoCloseable {
  private final HuggingFaceTokenizer tokenizer;

  /** Opens a tokenizer.json, whose truncation and padding are turned off. */
  HuggingFace(Path json) {
    System.setProperty("DJL_CACHE_DIR", System.getProperty("java.io.tmpdir") + "/djl");
    System.setProperty("ai.djl.offline", "true");
    System.setProperty("OPT_OUT_TRACKING", "true");
    try {
      tokenizer =
          HuggingFaceTokenizer.newInstance(json, Map.of("padding", "false", "truncation", "false"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static HuggingFace of(Path folder, String json) {
    Path file = folder.resolve("reference.json");
    try {
      Files.writeString(file, json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new HuggingFace(file);
  }

  int[] encode(String text, boolean special) {
    return ints(tokenizer.encode(text, special, false).getIds());
  }

  /** The number of the word that each id is of. */
  int[] words(String text) {
    Encoding encoding = tokenizer.encode(text, false, false);
    return ints(encoding.getWordIds());
  }

  private static int[] ints(long[] values) {
    return Arrays.stream(values).mapToInt(Math::toIntExact).toArray();
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
