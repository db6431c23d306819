package io.github.sparkattention.bench;

import io.github.sparkattention.text.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;
import net.datafaker.Faker;

/** Texts of Datafaker's quotes, the same ones in every run, with lengths as texts have them. */
final class QuotedTexts {
  private static final long SEED = 41;

  private final Random random = new Random(SEED);
  private final Tokenizer tokenizer;
  private final List<Supplier<String>> sources;

  private QuotedTexts(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    Faker faker = new Faker(Locale.ENGLISH, random);
    sources =
        List.of(
            faker.backToTheFuture()::quote,
            faker.doctorWho()::quote,
            faker.gameOfThrones()::quote,
            faker.greekPhilosopher()::quote,
            faker.harryPotter()::quote,
            faker.hitchhikersGuideToTheGalaxy()::quote,
            faker.princessBride()::quote,
            faker.seinfeld()::quote,
            faker.shakespeare()::asYouLikeItQuote,
            faker.shakespeare()::hamletQuote,
            faker.theItCrowd()::quotes,
            faker.yoda()::quote);
  }

  /**
   * Draws texts.
   *
   * @param rows how many
   * @param tokenizer makes ids of them
   * @param longest ids of a text, special ones included
   */
  static List<String> draw(int rows, Tokenizer tokenizer, int longest) {
    QuotedTexts texts = new QuotedTexts(tokenizer);
    return BenchmarkCase.raggedLengths(rows, longest).stream().map(texts::text).toList();
  }

  /** Quotes up to so many ids, or else one word. */
  private String text(int length) {
    List<String> words = new ArrayList<>();
    int ids = tokenizer.specialTokens().count();
    while (true) {
      for (String word : quote()) {
        ids += tokenizer.encode(word).length;
        if (ids > length && !words.isEmpty()) {
          return String.join(" ", words);
        }
        words.add(word);
      }
    }
  }

  private List<String> quote() {
    return Arrays.asList(
        sources.get(random.nextInt(sources.size())).get().strip().split("\\s+", -1));
  }
}
