package io.github.sparkattention.text;

import io.github.sparkattention.internal.pieces.ByteSymbols;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** GPT-2's vocabulary and merges, made of the ranks that jtokkit's jar has. */
public final class Gpt2 {
  private static final String RANKS = "/com/knuddels/jtokkit/r50k_base.tiktoken";
  private static final String[] SYMBOLS = ByteSymbols.all();

  /** The tokens as files write them, by their ids. */
  static final List<String> TOKENS = tokens();

  /** The pairs of tokens by rank, as files write them. */
  static final List<String> MERGES = merges();

  private Gpt2() {}

  private static List<String> tokens() {
    List<String> tokens = new ArrayList<>();
    try (InputStream in = Gpt2.class.getResourceAsStream(RANKS);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        StringBuilder token = new StringBuilder();
        for (byte value : Base64.getDecoder().decode(line.substring(0, line.indexOf(' ')))) {
          token.append(SYMBOLS[value & 0xFF]);
        }
        tokens.add(token.toString());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return tokens;
  }

  /** What a token was merged of: the two parts that are left when only earlier ones are merged. */
  private static List<String> merges() {
    Map<String, Integer> ranks = new HashMap<>();
    for (String token : TOKENS) {
      ranks.put(token, ranks.size());
    }
    List<String> merges = new ArrayList<>();
    for (String token : TOKENS) {
      if (token.length() > 1) {
        merges.add(String.join(" ", parts(token, ranks)));
      }
    }
    return merges;
  }

  private static List<String> parts(String token, Map<String, Integer> ranks) {
    List<String> parts = new ArrayList<>(token.chars().mapToObj(Character::toString).toList());
    while (parts.size() > 2) {
      int best = -1;
      int least = Integer.MAX_VALUE;
      for (int i = 0; i + 1 < parts.size(); i++) {
        int rank = ranks.getOrDefault(parts.get(i) + parts.get(i + 1), Integer.MAX_VALUE);
        if (rank < least) {
          least = rank;
          best = i;
        }
      }
      parts.set(best, parts.get(best) + parts.remove(best + 1));
    }
    return parts;
  }

  static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static String vocabulary(List<String> tokens) {
    return IntStream.range(0, tokens.size())
        .mapToObj(id -> quote(tokens.get(id)) + ":" + id)
        .collect(Collectors.joining(",", "{", "}"));
  }

  /** A tokenizer.json with GPT-2's vocabulary and other settings. */
  static String json(String settings) {
    return json(settings, TOKENS, MERGES, "");
  }

  /**
   * A tokenizer.json of byte pairs.
   *
   * @param settings all sections but the model
   * @param tokens the vocabulary
   * @param merges the pairs
   * @param model more settings of the model, each followed by a comma
   */
  static String json(String settings, List<String> tokens, List<String> merges, String model) {
    return """
        {"version":"1.0",%s,"model":{"type":"BPE",%s"vocab":%s,"merges":[%s]}}
        """
        .formatted(
            settings,
            model,
            vocabulary(tokens),
            merges.stream().map(Gpt2::quote).collect(Collectors.joining(",")));
  }

  /** Writes vocab.json and merges.txt as they come with GPT-2. */
  public static void write(Path folder) {
    try {
      List<String> tokens = new ArrayList<>(TOKENS);
      tokens.add("<|endoftext|>");
      Files.writeString(folder.resolve("vocab.json"), vocabulary(tokens));
      Files.writeString(
          folder.resolve("merges.txt"), "#version: 0.2\n" + String.join("\n", MERGES) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
