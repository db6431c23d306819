package io.github.sparkattention.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.internal.pieces.EdgePoints;
import io.github.sparkattention.kernels.files.ModelPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WordPieceTest {
  private static final long SEED = 20250101;

  @TempDir private static Path folder;

  private static Tokenizer miniLm;

  @BeforeAll
  static void read() throws IOException {
    miniLm = TokenizerFiles.read(ModelPath.of(MiniLm.write(folder))).tokenizer();
  }

  @Test
  void aKnownTextHasItsIds() {
    assertThat(miniLm.encode("The cat sits outside", true))
        .containsExactly(101, 1996, 4937, 7719, 2648, 102);
    assertThat(miniLm.encode("Café naïve 東京 — 😀 Straße", true))
        .containsExactly(101, 7668, 15743, 1879, 1755, 1517, 100, 2358, 27807, 102);
    assertThat(miniLm.encode("Straße")).containsExactly(2358, 27807);
    assertThat(miniLm.encode("", true)).containsExactly(101, 102);
    assertThat(miniLm.encode("")).isEmpty();
  }

  @Test
  void idsAreNamedByTheVocabulary() {
    assertThat(miniLm.vocabularySize()).isEqualTo(30522);
    assertThat(miniLm.token(27807)).isEqualTo("##raße");
    assertThatThrownBy(() -> miniLm.token(30522))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("an id must be one of the vocabulary's, from 0 to 30521, but is 30522");
  }

  @Test
  void halfASurrogatePairCountsAsTheReplacementCharacter() {
    assertThat(miniLm.encode("a\uD83Db")).isEqualTo(miniLm.encode("a\uFFFDb"));
  }

  @Test
  void realTextsHaveHuggingFacesIds() {
    List<String> texts = RealTexts.all();
    assertThat(texts).hasSizeGreaterThan(1000);
    try (HuggingFace reference = new HuggingFace(folder.resolve("tokenizer.json"))) {
      for (String text : texts) {
        assertThat(miniLm.encode(text, true)).as(text).isEqualTo(reference.encode(text, true));
      }
    }
  }

  @Test
  void randomTextsHaveHuggingFacesIds() {
    RandomTexts texts = new RandomTexts(SEED);
    try (HuggingFace reference = new HuggingFace(folder.resolve("tokenizer.json"))) {
      for (int i = 0; i < 3000; i++) {
        String text = texts.next();
        assertThat(miniLm.encode(text, true))
            .as("seed %d, text %d: %s", SEED, i, EdgePoints.escaped(text))
            .isEqualTo(reference.encode(text, true));
      }
    }
  }

  /**
   * Settings in which all of the tables decide, over a vocabulary in which whatever they make of a
   * code point has a token of its own.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "true,true,null,true",
        "true,true,false,true",
        "true,false,true,false",
        "false,false,false,false"
      })
  void codePointsAreReadAsHuggingFaceReadsThem(String settings) throws IOException {
    String[] flags = settings.split(",", -1);
    String json =
        json(
            """
            {"type":"BertNormalizer","clean_text":%s,"handle_chinese_chars":%s,
             "strip_accents":%s,"lowercase":%s}
            """
                .formatted((Object[]) flags));
    Files.writeString(folder.resolve("points.json"), json);
    Tokenizer ours = TokenizerFiles.read(ModelPath.of(folder.resolve("points.json"))).tokenizer();
    try (HuggingFace reference = HuggingFace.of(folder, json)) {
      assertThat(
              EdgePoints.different(
                  point -> "a" + point + "b ",
                  text -> Arrays.equals(ours.encode(text), reference.encode(text, false))))
          .isEmpty();
    }
  }

  private static String json(String normalizer) {
    Set<Integer> points = EdgePoints.ofNormalizers();
    points.addAll(List.of((int) 'a', (int) 'b'));
    List<String> tokens = new ArrayList<>(List.of("[UNK]"));
    for (int point : points) {
      if (point > ' ') {
        tokens.add(Character.toString(point));
        tokens.add("##" + Character.toString(point));
      }
    }
    String vocabulary =
        IntStream.range(0, tokens.size())
            .mapToObj(id -> Gpt2.quote(tokens.get(id)) + ":" + id)
            .collect(Collectors.joining(",", "{", "}"));
    return """
        {"version":"1.0","normalizer":%s,"pre_tokenizer":{"type":"BertPreTokenizer"},
         "added_tokens":[],"model":{"type":"WordPiece","unk_token":"[UNK]",
         "continuing_subword_prefix":"##","max_input_chars_per_word":100,"vocab":%s}}
        """
        .formatted(normalizer, vocabulary);
  }
}
