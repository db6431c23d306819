package io.github.sparkattention.job;

import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;
import net.datafaker.Faker;

/** Sentences from the quotes that Datafaker ships; the same ones in every run. */
final class Quotes {
  private static final long SEED = 42;

  /** Draws for each sentence that is wanted, before it is said that there are no more. */
  private static final int PATIENCE = 20;

  private Quotes() {}

  static void addTo(Sentences sentences, int wanted) {
    Faker faker = new Faker(Locale.ENGLISH, new Random(SEED));
    List<Supplier<String>> sources =
        List.of(
            () -> faker.babylon5().quote(),
            () -> faker.backToTheFuture().quote(),
            () -> faker.buffy().quotes(),
            () -> faker.chuckNorris().fact(),
            () -> faker.friends().quote(),
            () -> faker.ghostbusters().quote(),
            () -> faker.greekPhilosopher().quote(),
            () -> faker.harryPotter().quote(),
            () -> faker.hitchhikersGuideToTheGalaxy().quote(),
            () -> faker.seinfeld().quote(),
            () -> faker.shakespeare().hamletQuote(),
            () -> faker.shakespeare().romeoAndJulietQuote(),
            () -> faker.vForVendetta().quotes(),
            () -> faker.yoda().quote());
    for (int draw = 0; draw < wanted * PATIENCE && !sentences.isFull(); draw++) {
      sentences.addAll(spoken(sources.get(draw % sources.size()).get()));
    }
  }

  /** What is said, without quotation marks and without who says it: "Naturally." -- Delenn. */
  private static String spoken(String quote) {
    return quote.replaceFirst("\\s+--\\s.*$", "").replaceAll("[\"*]", "");
  }
}
