package io.github.sparkattention.text;

import io.github.sparkattention.kernels.checkpoints.ConfigFile;
import io.github.sparkattention.kernels.files.ModelPath;
import io.github.sparkattention.kernels.files.ModelPath.Kind;
import io.github.sparkattention.kernels.files.ModelPath.Status;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The files of a checkpoint that make its tokenizer. They may come from anywhere, so each is
 * checked before it costs memory. What they ask for is done exactly or refused; only that texts be
 * cut or padded is left to whoever asks for ids, and stands in {@link #notes()}.
 */
public final class TokenizerFiles {
  private static final String JSON = "tokenizer.json";
  private static final String CONFIG = "tokenizer_config.json";
  private static final String SENTENCE = "sentence_bert_config.json";
  private static final String TOKENS_MAP = "special_tokens_map.json";
  private static final String VOCAB_TEXT = "vocab.txt";
  private static final String VOCAB_JSON = "vocab.json";
  private static final String MERGES = "merges.txt";
  private static final String OLD_FOLDER = "0_Transformer";

  /** More than any tokenizer has. */
  private static final int LONGEST = 64 << 20;

  private static final double UNLIMITED = Integer.MAX_VALUE;

  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private final List<String> notes = new ArrayList<>();
  private Tokenizer tokenizer;
  private OptionalInt maxLength = OptionalInt.empty();

  private TokenizerFiles() {}

  /**
   * Reads a tokenizer.
   *
   * @param path a folder with {@code tokenizer.json}, with {@code vocab.txt}, or with {@code
   *     vocab.json} and {@code merges.txt}, or else a file like {@code tokenizer.json} of any name
   * @return what was read
   * @throws SafeTensorsException if the files are damaged, contradict each other, or ask for what
   *     is not computed; the message names the file, the key and its value
   * @throws IOException if reading fails
   */
  public static TokenizerFiles read(ModelPath path) throws IOException {
    TokenizerFiles files = new TokenizerFiles();
    switch (path.status().kind()) {
      case FILE -> files.readFile(path);
      case FOLDER -> files.readFolder(path);
      default ->
          throw new SafeTensorsException(
              path.toString(),
              "must be a folder with a tokenizer's files, or a tokenizer.json, but doesn't exist");
    }
    return files;
  }

  /** {@return the tokenizer} */
  public Tokenizer tokenizer() {
    return tokenizer;
  }

  /**
   * The longest sequence that the files name, in ids with the special ones: that of {@code
   * sentence_bert_config.json}, or else the least of {@code tokenizer_config.json} and of what
   * {@code tokenizer.json} cuts at.
   *
   * @return the length, if any file names one
   */
  public OptionalInt maxLength() {
    return maxLength;
  }

  /** {@return sentences on what the files ask for that isn't done} */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  /**
   * Copies of the files that were read. In a folder of their own they give the same tokenizer.
   *
   * @return the bytes of each by its name there
   */
  public Map<String, byte[]> files() {
    Map<String, byte[]> copies = new LinkedHashMap<>();
    files.forEach((name, bytes) -> copies.put(name, bytes.clone()));
    return copies;
  }

  private void readFile(ModelPath path) throws IOException {
    if (!path.toString().endsWith(".json")) {
      throw new SafeTensorsException(
          path.toString(),
          "a file with a tokenizer must be a tokenizer.json; name the folder of others");
    }
    ConfigFile json = ConfigFile.parse(path.toString(), take(path, JSON));
    tokenizer = TokenizerJson.read(json, path.toString());
    readLimits(json, null, null);
  }

  private void readFolder(ModelPath path) throws IOException {
    ModelPath folder = path;
    if (!holdsTokenizer(folder)) {
      folder = path.child(OLD_FOLDER);
      if (!holdsTokenizer(folder)) {
        throw new SafeTensorsException(
            path.toString(),
            "a folder with a tokenizer must hold tokenizer.json, vocab.txt, or vocab.json and"
                + " merges.txt, but holds none of them");
      }
    }
    ConfigFile config = optional(folder, CONFIG);
    ConfigFile sentence = optional(folder, SENTENCE);
    if (sentence != null) {
      // It would lower the case by other rules, before the tokenizer sees the text.
      sentence.requireHarmless("do_lower_case", "false");
    }
    ConfigFile json = null;
    if (isFile(folder.child(JSON))) {
      json = optional(folder, JSON);
      tokenizer = TokenizerJson.read(json, folder.child(JSON).toString());
      checkAgreement(json, config);
    } else {
      OldFormat old = new OldFormat(config, optional(folder, TOKENS_MAP));
      tokenizer =
          isFile(folder.child(VOCAB_TEXT))
              ? old.wordPiece(
                  folder.child(VOCAB_TEXT).toString(), take(folder.child(VOCAB_TEXT), VOCAB_TEXT))
              : old.bytePairs(
                  ConfigFile.parse(
                      folder.child(VOCAB_JSON).toString(),
                      take(folder.child(VOCAB_JSON), VOCAB_JSON)),
                  folder.child(MERGES).toString(),
                  take(folder.child(MERGES), MERGES));
    }
    readLimits(json, config, sentence);
  }

  private static boolean holdsTokenizer(ModelPath folder) throws IOException {
    return isFile(folder.child(JSON))
        || isFile(folder.child(VOCAB_TEXT))
        || (isFile(folder.child(VOCAB_JSON)) && isFile(folder.child(MERGES)));
  }

  private static boolean isFile(ModelPath path) throws IOException {
    return path.status().kind() == Kind.FILE;
  }

  /** Libraries differ in which of the two files counts, so they must say the same. */
  private void checkAgreement(ConfigFile json, ConfigFile config) throws SafeTensorsException {
    if (config == null) {
      return;
    }
    if (!tokenizer.specialTokens().comeBefore()) {
      requireSame(config, "add_bos_token", false);
    }
    if (!tokenizer.specialTokens().comeAfter()) {
      requireSame(config, "add_eos_token", false);
    }
    ConfigFile splitter = json.object("pre_tokenizer");
    if (splitter.text("type", "").equals("ByteLevel")) {
      requireSame(config, "add_prefix_space", splitter.flag("add_prefix_space", true));
    }
    if (json.has("normalizer") && tokenizer instanceof WordPiece) {
      ConfigFile normalizer = json.object("normalizer");
      boolean lowers = normalizer.flag("lowercase", true);
      requireSame(config, "do_lower_case", lowers);
      requireSame(config, "strip_accents", normalizer.flag("strip_accents", lowers));
      requireSame(config, "tokenize_chinese_chars", normalizer.flag("handle_chinese_chars", true));
    }
  }

  private static void requireSame(ConfigFile config, String key, boolean value)
      throws SafeTensorsException {
    if (config.flag(key, value) != value) {
      throw config.refuse(key, "%s, as tokenizer.json beside it has it".formatted(value));
    }
  }

  private void readLimits(ConfigFile json, ConfigFile config, ConfigFile sentence)
      throws SafeTensorsException {
    int least = Integer.MAX_VALUE;
    if (json != null) {
      OptionalInt truncation = TokenizerJson.truncation(json);
      if (truncation.isPresent()) {
        least = truncation.getAsInt();
        notes.add("tokenizer.json cuts texts at %d ids, which is left undone".formatted(least));
      }
      if (TokenizerJson.pads(json)) {
        notes.add("tokenizer.json pads texts, which is left undone");
      }
    }
    if (config != null && config.has("model_max_length")) {
      // Files write 1e30 where they have none.
      least = (int) Math.min(least, Math.min(config.number("model_max_length"), UNLIMITED));
    }
    if (sentence != null && sentence.has("max_seq_length")) {
      least = sentence.whole("max_seq_length", 1, Integer.MAX_VALUE);
    }
    maxLength = least == Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of(least);
  }

  private ConfigFile optional(ModelPath folder, String name) throws IOException {
    ModelPath path = folder.child(name);
    return isFile(path) ? ConfigFile.parse(path.toString(), take(path, name)) : null;
  }

  private byte[] take(ModelPath path, String name) throws IOException {
    Status status = path.status();
    if (status.length() > LONGEST) {
      throw new SafeTensorsException(
          path.toString(),
          "a tokenizer's file must have at most %d bytes, but has %d"
              .formatted(LONGEST, status.length()));
    }
    byte[] bytes;
    try (InputStream in = path.open()) {
      bytes = in.readNBytes(LONGEST);
    }
    files.put(name, bytes);
    return bytes;
  }
}
