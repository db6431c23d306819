package io.github.sparkattention.text;

import io.github.sparkattention.internal.pieces.AddedTokens;
import io.github.sparkattention.internal.pieces.BertNormalizer;
import io.github.sparkattention.internal.pieces.Ints;
import io.github.sparkattention.internal.pieces.WordPattern;
import io.github.sparkattention.kernels.checkpoints.ConfigFile;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A {@code tokenizer.json}. Whatever changes ids and isn't computed exactly is refused by its key
 * and value; truncation and padding are noted and left undone, since a stage says itself how long a
 * text may be.
 */
final class TokenizerJson {
  private static final int LONGEST_WORD = 1 << 20;
  private static final int LONGEST_TEXT = Integer.MAX_VALUE;

  private final ConfigFile json;
  private final TokenizerParts parts;

  private TokenizerJson(ConfigFile json, String source) {
    this.json = json;
    parts = new TokenizerParts(source);
  }

  static Tokenizer read(ConfigFile json, String source) throws SafeTensorsException {
    return new TokenizerJson(json, source).tokenizer();
  }

  /** The length at which the file would cut a text, special tokens included. */
  static OptionalInt truncation(ConfigFile json) throws SafeTensorsException {
    return json.has("truncation")
        ? OptionalInt.of(json.object("truncation").whole("max_length", 0, LONGEST_TEXT))
        : OptionalInt.empty();
  }

  /** Whether the file would make texts of a batch equally long. */
  static boolean pads(ConfigFile json) {
    return json.has("padding");
  }

  private Tokenizer tokenizer() throws SafeTensorsException {
    ConfigFile model = json.object("model");
    String type = model.text("type", model.has("merges") ? "BPE" : "WordPiece");
    return switch (type) {
      case "WordPiece" -> wordPiece(model);
      case "BPE" -> bytePairs(model);
      default -> throw model.refuse("type", "'WordPiece' or 'BPE'");
    };
  }

  private WordPiece wordPiece(ConfigFile model) throws SafeTensorsException {
    BertNormalizer normalizer = null;
    if (json.has("normalizer")) {
      ConfigFile settings = typed("normalizer", "BertNormalizer");
      boolean lowers = settings.flag("lowercase", true);
      normalizer =
          new BertNormalizer(
              settings.flag("clean_text", true),
              settings.flag("handle_chinese_chars", true),
              settings.flag("strip_accents", lowers),
              lowers);
    }
    typed("pre_tokenizer", "BertPreTokenizer");
    parts.putAll(model.object("vocab"));
    addTokens();
    String unknown = model.text("unk_token", "[UNK]");
    Integer unknownId = parts.ids().get(unknown);
    if (unknownId == null) {
      throw model.refuse("unk_token", "a token of the vocabulary");
    }
    return new WordPiece(
        parts.vocabulary(),
        parts.ids(),
        model.text("continuing_subword_prefix", "##"),
        unknownId,
        model.whole("max_input_chars_per_word", 1, LONGEST_WORD, 100),
        normalizer,
        parts.added(),
        special());
  }

  private BytePairs bytePairs(ConfigFile model) throws SafeTensorsException {
    model.requireHarmless("dropout", "0");
    model.requireHarmless("byte_fallback", "false");
    for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
      if (!model.text(affix, "").isEmpty()) {
        throw model.refuse(affix, "empty");
      }
    }
    boolean composes = composes();
    boolean ignoresMerges = model.flag("ignore_merges", false);
    ConfigFile bytes = json.object("pre_tokenizer");
    WordPattern pattern = WordPattern.GPT2;
    if (bytes.text("type", "").equals("Sequence")) {
      List<ConfigFile> steps = bytes.objects("pretokenizers");
      if (steps.size() != 2) {
        throw bytes.refuse("pretokenizers", "a Split and a ByteLevel");
      }
      pattern = pattern(steps.get(0));
      bytes = steps.get(1);
      if (bytes.flag("use_regex", true)) {
        throw bytes.refuse("use_regex", "false after a Split");
      }
      if (bytes.flag("add_prefix_space", true)) {
        throw bytes.refuse("add_prefix_space", "false after a Split");
      }
    } else if (!bytes.flag("use_regex", true)) {
      throw bytes.refuse("use_regex", "true, unless a Split comes first");
    }
    requireType(bytes, "ByteLevel");
    parts.putAll(model.object("vocab"));
    parts.requireBytes();
    addTokens();
    return new BytePairs(
        parts.vocabulary(),
        parts.ids(),
        parts.merges(model.textLists("merges")),
        new BytePairs.Rules(pattern, composes, bytes.flag("add_prefix_space", true), ignoresMerges),
        parts.added(),
        special());
  }

  private boolean composes() throws SafeTensorsException {
    if (!json.has("normalizer")) {
      return false;
    }
    ConfigFile normalizer = json.object("normalizer");
    if (normalizer.text("type", "").equals("Sequence")) {
      List<ConfigFile> steps = normalizer.objects("normalizers");
      for (ConfigFile step : steps) {
        requireType(step, "NFC");
      }
      return !steps.isEmpty();
    }
    requireType(normalizer, "NFC");
    return true;
  }

  private static WordPattern pattern(ConfigFile split) throws SafeTensorsException {
    requireType(split, "Split");
    if (!split.text("behavior", "").equals("Isolated")) {
      throw split.refuse("behavior", "'Isolated'");
    }
    if (split.flag("invert", false)) {
      throw split.refuse("invert", "false");
    }
    ConfigFile pattern = split.object("pattern");
    return WordPattern.of(pattern.text("Regex", ""))
        .orElseThrow(() -> pattern.refuse("Regex", "that of GPT-2, Llama 3 or Qwen2"));
  }

  private ConfigFile typed(String key, String type) throws SafeTensorsException {
    ConfigFile object = json.object(key);
    requireType(object, type);
    return object;
  }

  private static void requireType(ConfigFile object, String type) throws SafeTensorsException {
    if (!object.text("type", "").equals(type)) {
      throw object.refuse("type", "'" + type + "'");
    }
  }

  private void addTokens() throws SafeTensorsException {
    for (ConfigFile token : json.objects("added_tokens")) {
      parts.add(added(token, token.whole("id", 0, TokenizerParts.MOST_IDS - 1)));
    }
  }

  /** An added token as both kinds of files write it. */
  static AddedTokens.Token added(ConfigFile token, int id) throws SafeTensorsException {
    token.requireHarmless("single_word", "false");
    return new AddedTokens.Token(
        token.text("content", ""),
        id,
        token.flag("normalized", true),
        token.flag("lstrip", false),
        token.flag("rstrip", false));
  }

  private SpecialTokens special() throws SafeTensorsException {
    return json.has("post_processor") ? special(json.object("post_processor")) : SpecialTokens.NONE;
  }

  private SpecialTokens special(ConfigFile processor) throws SafeTensorsException {
    return switch (processor.text("type", "")) {
      case "TemplateProcessing" -> template(processor);
      case "BertProcessing", "RobertaProcessing" ->
          new SpecialTokens(pair(processor, "cls"), pair(processor, "sep"));
      case "ByteLevel" -> SpecialTokens.NONE;
      case "Sequence" -> {
        SpecialTokens found = SpecialTokens.NONE;
        for (ConfigFile each : processor.objects("processors")) {
          SpecialTokens special = special(each);
          if (found.count() > 0 && special.count() > 0) {
            throw processor.refuse("processors", "one that adds tokens");
          }
          found = special.count() > 0 ? special : found;
        }
        yield found;
      }
      default ->
          throw processor.refuse(
              "type",
              "TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel or Sequence");
    };
  }

  /** A token and its id, which an array holds. */
  private int[] pair(ConfigFile processor, String key) throws SafeTensorsException {
    Map.Entry<String, Integer> pair = processor.textAndWhole(key, 0, TokenizerParts.MOST_IDS - 1);
    if (parts.id(pair.getKey()) != pair.getValue()) {
      throw processor.refuse(key, "a token of the vocabulary with its id");
    }
    return new int[] {pair.getValue()};
  }

  private SpecialTokens template(ConfigFile processor) throws SafeTensorsException {
    ConfigFile tokens = processor.object("special_tokens");
    Ints before = new Ints(2);
    Ints after = new Ints(2);
    List<String> texts = new ArrayList<>();
    for (ConfigFile piece : processor.objects("single")) {
      boolean isText = piece.isObject("Sequence");
      ConfigFile what = piece.object(isText ? "Sequence" : "SpecialToken");
      if (what.whole("type_id", 0, LONGEST_TEXT) != 0) {
        throw what.refuse("type_id", "0");
      }
      String id = what.text("id", "");
      if (isText) {
        texts.add(id);
      } else {
        for (int each : tokens.object(id).wholes("ids", 0, TokenizerParts.MOST_IDS - 1)) {
          (texts.isEmpty() ? before : after).add(known(processor, each));
        }
      }
    }
    if (!texts.equals(List.of("A"))) {
      throw processor.refuse("single", "a template with one sequence 'A'");
    }
    return new SpecialTokens(before.toArray(), after.toArray());
  }

  private int known(ConfigFile processor, int id) throws SafeTensorsException {
    if (!parts.has(id)) {
      throw processor.refuse(
          "special_tokens must have ids of the vocabulary, but has %d".formatted(id));
    }
    return id;
  }
}
