package io.github.sparkattention.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import io.github.sparkattention.internal.pieces.ByteSymbols;
import io.github.sparkattention.internal.pieces.EdgePoints;
import io.github.sparkattention.internal.pieces.Ints;
import io.github.sparkattention.internal.pieces.WordPattern;
import io.github.sparkattention.kernels.files.ModelPath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BytePairsTest {
  private static final long SEED = 20250102;

  private static final String GPT2 =
      """
      "normalizer":null,"post_processor":{"type":"ByteLevel","add_prefix_space":true,
      "trim_offsets":false,"use_regex":true},"pre_tokenizer":{"type":"ByteLevel",
      "add_prefix_space":false,"trim_offsets":true,"use_regex":true},"added_tokens":[{"id":50256,
      "content":"<|endoftext|>","single_word":false,"lstrip":false,"rstrip":false,
      "normalized":true,"special":true}]\
      """;

  private static final String SPLIT =
      """
      "normalizer":%s,"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split",
      "pattern":{"Regex":%s},"behavior":"Isolated","invert":false},{"type":"ByteLevel",
      "add_prefix_space":false,"trim_offsets":false,"use_regex":false}]},"post_processor":
      {"type":"Sequence","processors":[{"type":"ByteLevel",
      "add_prefix_space":true,"trim_offsets":false,"use_regex":true},{"type":
      "TemplateProcessing","single":[{"SpecialToken":{"id":"<|begin|>","type_id":0}},
      {"Sequence":{"id":"A","type_id":0}}],"pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":
      {"id":"B","type_id":1}}],"special_tokens":{"<|begin|>":{"id":
      "<|begin|>","ids":[50256],"tokens":["<|begin|>"]}}}]},"added_tokens":[{"id":50256,
      "content":"<|begin|>","single_word":false,"lstrip":false,"rstrip":true,
      "normalized":false,"special":true},{"id":50257,"content":"Q\\u0041Q","single_word":false,
      "lstrip":true,"rstrip":false,"normalized":true,"special":false}]\
      """;

  @TempDir private static Path folder;

  private static Tokenizer gpt2;

  @BeforeAll
  static void read() throws IOException {
    Gpt2.write(folder);
    gpt2 = TokenizerFiles.read(ModelPath.of(folder)).tokenizer();
  }

  private static Tokenizer ours(String json) throws IOException {
    Files.writeString(folder.resolve("ours.json"), json);
    return TokenizerFiles.read(ModelPath.of(folder.resolve("ours.json"))).tokenizer();
  }

  @Test
  void theBooksTextsHaveTheirIds() {
    assertThat(gpt2.encode("Hello, I am")).containsExactly(15496, 11, 314, 716);
    assertThat(gpt2.encode("Every effort moves you")).containsExactly(6109, 3626, 6100, 345);
    assertThat(gpt2.encode("Hello, do you like tea? <|endoftext|> In the sunlit terraces"))
        .containsExactly(
            15496, 11, 466, 345, 588, 8887, 30, 220, 50256, 554, 262, 4252, 18250, 8812, 2114);
    assertThat(gpt2.encode("Akwirw ier")).containsExactly(33901, 86, 343, 86, 220, 959);
    assertThat(gpt2.vocabularySize()).isEqualTo(50257);
    assertThat(gpt2.token(220)).isEqualTo("Ġ");
  }

  @Test
  void realTextsHaveTheIdsOfOpenAisRanks() {
    Encoding ranks = Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.R50K_BASE);
    for (String text : RealTexts.all()) {
      if (text.contains("<|endoftext|>")) {
        // That is text for one of them, and a token for the other.
        continue;
      }
      assertThat(gpt2.encode(text)).as(text).isEqualTo(ranks.encodeOrdinary(text).toArray());
    }
  }

  @Test
  void textsHaveHuggingFacesIds() throws IOException {
    String json = Gpt2.json(GPT2);
    Tokenizer ours = ours(json);
    try (HuggingFace reference = HuggingFace.of(folder, json)) {
      assertSame(ours, reference, RealTexts.all());
      for (String text : RealTexts.all()) {
        assertThat(gpt2.encode(text)).as(text).isEqualTo(ours.encode(text));
      }
    }
  }

  private static void assertSame(Tokenizer ours, HuggingFace reference, List<String> real) {
    for (String text : real) {
      assertThat(ours.encode(text, true)).as(text).isEqualTo(reference.encode(text, true));
    }
    RandomTexts texts = new RandomTexts(SEED);
    for (int i = 0; i < 400; i++) {
      String text = texts.next() + (i % 5 == 0 ? " <|begin|> \u3000 QAQ  QAQQAQ" : "");
      assertThat(ours.encode(text, true))
          .as("seed %d, text %d: %s", SEED, i, EdgePoints.escaped(text))
          .isEqualTo(reference.encode(text, true));
    }
  }

  /** Each fifth one, since the reference is slow. */
  private static List<String> some(List<String> texts) {
    return IntStream.range(0, texts.size() / 5).mapToObj(i -> texts.get(5 * i)).toList();
  }

  @Test
  void textsOfLlamasPatternHaveHuggingFacesIds() throws IOException {
    String json =
        Gpt2.json(
            SPLIT.formatted("null", Gpt2.quote(WordPattern.CL100K.regex())),
            Gpt2.TOKENS,
            Gpt2.MERGES.subList(0, 20_000),
            "\"ignore_merges\":true,");
    try (HuggingFace reference = HuggingFace.of(folder, json)) {
      assertSame(ours(json), reference, some(RealTexts.all()));
    }
  }

  @Test
  void textsOfQwensPatternHaveHuggingFacesIds() throws IOException {
    String json =
        Gpt2.json(SPLIT.formatted("{\"type\":\"NFC\"}", Gpt2.quote(WordPattern.QWEN2.regex())));
    try (HuggingFace reference = HuggingFace.of(folder, json)) {
      assertSame(ours(json), reference, some(RealTexts.all()));
    }
  }

  @Test
  void aSpaceIsAddedWhereTheFileSaysSo() throws IOException {
    String json =
        Gpt2.json(GPT2.replace("\"add_prefix_space\":false", "\"add_prefix_space\":true"));
    Tokenizer ours = ours(json);
    assertThat(ours.encode("the")).containsExactly(262);
    try (HuggingFace reference = HuggingFace.of(folder, json)) {
      for (String text : List.of("", "a", " a", "\na", "<|endoftext|>b <|endoftext|>", "é")) {
        assertThat(ours.encode(text)).as(text).isEqualTo(reference.encode(text, false));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(WordPattern.class)
  void codePointsAreCutAsHuggingFaceCutsThem(WordPattern pattern) throws IOException {
    String json =
        Gpt2.json(
            SPLIT
                .formatted("null", Gpt2.quote(pattern.regex()))
                .replaceAll("(?s),\"post_processor\".*", ",\"added_tokens\":[]"),
            List.of(ByteSymbols.all()),
            List.of(),
            "");
    try (HuggingFace reference = HuggingFace.of(folder, json)) {
      assertThat(
              EdgePoints.different(
                  BytePairsTest::around,
                  text -> Arrays.equals(words(pattern, text), reference.words(text))))
          .isEmpty();
      RandomTexts texts = new RandomTexts(SEED);
      for (int i = 0; i < 400; i++) {
        String text = texts.next();
        assertThat(words(pattern, text))
            .as("seed %d, text %d: %s", SEED, i, EdgePoints.escaped(text))
            .isEqualTo(reference.words(text));
      }
    }
  }

  /** A code point after and before letters, digits, symbols, spaces and an apostrophe. */
  private static String around(String point) {
    return "a@a 1@1 +@+ @ '@\n".replace("@", point);
  }

  /** The number of the word that each byte is in. */
  private static int[] words(WordPattern pattern, String text) {
    Ints points = Ints.codePoints(text);
    List<Integer> words = new ArrayList<>();
    int word = 0;
    for (int at = 0; at < points.length(); word++) {
      int end = pattern.end(points.values(), at, points.length());
      String piece = new String(points.values(), at, end - at);
      for (int i = 0; i < piece.getBytes(StandardCharsets.UTF_8).length; i++) {
        words.add(word);
      }
      at = end;
    }
    return words.stream().mapToInt(Integer::intValue).toArray();
  }

  @Test
  void aWordOfAMillionBytesTakesNoTimeWorthMentioning() {
    int[] ids = gpt2.encode("ab".repeat(500_000));
    assertThat(Arrays.stream(ids).mapToObj(gpt2::token).mapToInt(String::length).sum())
        .isEqualTo(1_000_000);
  }
}
