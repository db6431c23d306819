package io.github.sparkattention.text;

import static io.github.sparkattention.kernels.files.SafeTensorsException.quote;

import io.github.sparkattention.internal.pieces.AddedTokens;
import io.github.sparkattention.internal.pieces.ByteSymbols;
import io.github.sparkattention.internal.pieces.Merges;
import io.github.sparkattention.internal.pieces.Vocabulary;
import io.github.sparkattention.kernels.checkpoints.ConfigFile;
import io.github.sparkattention.kernels.files.SafeTensorsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Builds a vocabulary, its added tokens and its merges, and checks that they fit each other. */
final class TokenizerParts {
  /** More than any vocabulary has. */
  static final int MOST_IDS = 1 << 22;

  private final String source;
  private final Map<String, Integer> ids = new LinkedHashMap<>();
  private final Map<String, Integer> addedIds = new HashMap<>();
  private final List<AddedTokens.Token> added = new ArrayList<>();
  private String[] tokens = new String[1 << 10];
  private int size;

  TokenizerParts(String source) {
    this.source = source;
  }

  private SafeTensorsException refuse(String message, Object... values) {
    return new SafeTensorsException(source, message.formatted(values));
  }

  /** Adds a token of the model itself. */
  void put(String token, int id) throws SafeTensorsException {
    if (ids.putIfAbsent(token, id) != null) {
      throw refuse("a token must come once, but %s comes twice", quote(token));
    }
    name(id, token);
  }

  private void name(int id, String token) throws SafeTensorsException {
    if (id >= MOST_IDS) {
      throw refuse("ids must be less than %d, but %s has %d", MOST_IDS, quote(token), id);
    }
    if (id >= tokens.length) {
      tokens = Arrays.copyOf(tokens, Math.max(2 * tokens.length, id + 1));
    }
    if (tokens[id] != null && !tokens[id].equals(token)) {
      throw refuse(
          "each id must have one token, but %d has %s and %s", id, quote(tokens[id]), quote(token));
    }
    tokens[id] = token;
    size = Math.max(size, id + 1);
  }

  /** The id of a token of the model or of an added one, or -1. */
  int id(String token) {
    return addedIds.getOrDefault(token, ids.getOrDefault(token, -1));
  }

  /** Whether an id has a token. */
  boolean has(int id) {
    return id < size && tokens[id] != null;
  }

  /**
   * Adds a token that is found in a text as it is.
   *
   * @param token the token, with the id that the file gives it
   */
  void add(AddedTokens.Token token) throws SafeTensorsException {
    String content = token.content();
    if (content.isEmpty()) {
      throw refuse("an added token must have a text, but that of id %d is empty", token.id());
    }
    if (addedIds.containsKey(content)) {
      throw refuse("an added token must come once, but %s comes twice", quote(content));
    }
    int expected = ids.getOrDefault(content, nextId());
    if (token.id() != expected) {
      throw refuse(
          "the added token %s must have the id %d, which is %s, but has %d",
          quote(content),
          expected,
          ids.containsKey(content) ? "that of the vocabulary" : "the next one",
          token.id());
    }
    name(token.id(), content);
    addedIds.put(content, token.id());
    added.add(token);
  }

  /** The id that an added token gets which the vocabulary doesn't have. */
  int nextId() {
    int most = addedIds.values().stream().mapToInt(Integer::intValue).max().orElse(-1);
    return Math.max(most + 1, ids.size());
  }

  List<AddedTokens.Token> added() {
    return added;
  }

  Map<String, Integer> ids() {
    return ids;
  }

  Vocabulary vocabulary() {
    return new Vocabulary(Arrays.copyOf(tokens, size));
  }

  /** The vocabulary in an object of tokens and ids. */
  void putAll(ConfigFile vocabulary) throws SafeTensorsException {
    for (String token : vocabulary.keys()) {
      put(token, vocabulary.whole(token, 0, MOST_IDS - 1));
    }
  }

  /** The ids that stand for all bytes, which make a token of any text. */
  void requireBytes() throws SafeTensorsException {
    String[] symbols = ByteSymbols.all();
    for (int value = 0; value < symbols.length; value++) {
      if (!ids.containsKey(symbols[value])) {
        throw refuse(
            "a vocabulary of bytes must have all 256, but has no %s, which is byte %d",
            quote(symbols[value]), value);
      }
    }
  }

  /** The merges of a file, each of which has two tokens, in the order of their ranks. */
  Merges merges(List<List<String>> pairs) throws SafeTensorsException {
    Merges merges = new Merges();
    for (int rank = 0; rank < pairs.size(); rank++) {
      List<String> pair = pairs.get(rank);
      if (pair.size() == 1) {
        pair = List.of(pair.get(0).split(" ", -1));
      }
      if (pair.size() != 2) {
        throw refuse("a merge must have two tokens, but merge %d has %d", rank, pair.size());
      }
      merges.add(
          known(pair.get(0), rank),
          known(pair.get(1), rank),
          known(pair.get(0) + pair.get(1), rank));
    }
    return merges;
  }

  private int known(String token, int rank) throws SafeTensorsException {
    Integer id = ids.get(token);
    if (id == null) {
      throw refuse(
          "the tokens of a merge must be in the vocabulary, but %s of merge %d is not",
          quote(token), rank);
    }
    return id;
  }
}
