package io.github.sparkattention.text;

import io.github.sparkattention.internal.pieces.AddedTokens;
import io.github.sparkattention.internal.pieces.BertNormalizer;
import io.github.sparkattention.internal.pieces.WordPattern;
import io.github.sparkattention.kernels.checkpoints.ConfigFile;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Tokenizers of the time before {@code tokenizer.json}: a list of tokens, with settings and names
 * of special tokens beside it. What the settings leave out is what Hugging Face's classes take
 * then.
 *
 * @param config what {@code tokenizer_config.json} says, or null
 * @param tokensMap what {@code special_tokens_map.json} says, or null
 */
record OldFormat(ConfigFile config, ConfigFile tokensMap) {
  private static final String CLASS = "tokenizer_class";
  private static final String DECODER = "added_tokens_decoder";
  private static final int LONGEST_WORD = 100;

  WordPiece wordPiece(String source, byte[] text) throws IOException {
    requireClass("Bert", "DistilBert");
    TokenizerParts parts = new TokenizerParts(source);
    List<String> lines = lines(source, text);
    for (int id = 0; id < lines.size(); id++) {
      String token = lines.get(id).stripTrailing();
      if (token.isEmpty()) {
        throw new SafeTensorsException(
            source, "each line must have a token, but line %d is empty".formatted(id + 1));
      }
      parts.put(token, id);
    }
    boolean lowers = flag("do_lower_case", true);
    if (config != null) {
      config.requireHarmless("do_basic_tokenize", "true");
      config.requireHarmless("never_split");
    }
    addTokens(
        parts,
        token("unk_token", "[UNK]"),
        token("sep_token", "[SEP]"),
        token("pad_token", "[PAD]"),
        token("cls_token", "[CLS]"),
        token("mask_token", "[MASK]"));
    return new WordPiece(
        parts.vocabulary(),
        parts.ids(),
        "##",
        id(parts, source, token("unk_token", "[UNK]")),
        LONGEST_WORD,
        new BertNormalizer(
            true, flag("tokenize_chinese_chars", true), flag("strip_accents", lowers), lowers),
        parts.added(),
        new SpecialTokens(
            new int[] {id(parts, source, token("cls_token", "[CLS]"))},
            new int[] {id(parts, source, token("sep_token", "[SEP]"))}));
  }

  BytePairs bytePairs(ConfigFile vocabulary, String source, byte[] merges) throws IOException {
    requireClass("GPT2");
    TokenizerParts parts = new TokenizerParts(source);
    parts.putAll(vocabulary);
    parts.requireBytes();
    if (config != null) {
      config.requireHarmless("add_bos_token", "false");
    }
    addTokens(
        parts,
        token("unk_token", "<|endoftext|>"),
        token("bos_token", "<|endoftext|>"),
        token("eos_token", "<|endoftext|>"));
    List<List<String>> pairs = new ArrayList<>();
    for (String line : lines(source, merges)) {
      if (!line.startsWith("#version")) {
        pairs.add(List.of(line.stripTrailing()));
      }
    }
    return new BytePairs(
        parts.vocabulary(),
        parts.ids(),
        parts.merges(pairs),
        new BytePairs.Rules(WordPattern.GPT2, false, flag("add_prefix_space", false), false),
        parts.added(),
        SpecialTokens.NONE);
  }

  private void requireClass(String... families) throws SafeTensorsException {
    if (config == null || !config.has(CLASS)) {
      return;
    }
    List<String> names = new ArrayList<>();
    for (String family : families) {
      names.add(family + "Tokenizer");
      names.add(family + "TokenizerFast");
    }
    config.requireHarmless(CLASS, names.toArray(String[]::new));
  }

  private boolean flag(String key, boolean otherwise) throws SafeTensorsException {
    return config == null ? otherwise : config.flag(key, otherwise);
  }

  /** The name of a special token, which is a text or an object with one. */
  private String token(String key, String otherwise) throws SafeTensorsException {
    for (ConfigFile file : new ConfigFile[] {tokensMap, config}) {
      if (file != null && file.has(key)) {
        return file.isObject(key) ? file.object(key).text("content", "") : file.text(key, "");
      }
    }
    return otherwise;
  }

  /**
   * Those that the settings list, or else the special ones, which the vocabulary may have or not.
   */
  private void addTokens(TokenizerParts parts, String... special) throws SafeTensorsException {
    if (config != null && config.has(DECODER)) {
      ConfigFile decoder = config.object(DECODER);
      for (String id : decoder.keys()) {
        if (!id.matches("\\d{1,7}")) {
          throw decoder.refuse(
              "a key must be an id, but is %s".formatted(SafeTensorsException.quote(id)));
        }
        parts.add(TokenizerJson.added(decoder.object(id), Integer.parseInt(id)));
      }
      return;
    }
    for (String token : List.of(special).stream().distinct().toList()) {
      int id = parts.id(token);
      parts.add(new AddedTokens.Token(token, id < 0 ? parts.nextId() : id, false, false, false));
    }
  }

  private static int id(TokenizerParts parts, String source, String token)
      throws SafeTensorsException {
    int id = parts.id(token);
    if (id < 0) {
      throw new SafeTensorsException(
          source,
          "a vocabulary must have %s, but has not".formatted(SafeTensorsException.quote(token)));
    }
    return id;
  }

  /** The lines of a file, which end with a line feed alone. */
  private static List<String> lines(String source, byte[] text) throws IOException {
    StringWriter all = new StringWriter();
    try (Reader reader =
        new InputStreamReader(
            new ByteArrayInputStream(text), StandardCharsets.UTF_8.newDecoder())) {
      reader.transferTo(all);
    } catch (CharacterCodingException e) {
      throw new SafeTensorsException(source, "the file must be UTF-8, but is not");
    }
    List<String> lines = new ArrayList<>(List.of(all.toString().split("\n", -1)));
    if (lines.get(lines.size() - 1).isEmpty()) {
      lines.remove(lines.size() - 1);
    }
    return lines;
  }
}
