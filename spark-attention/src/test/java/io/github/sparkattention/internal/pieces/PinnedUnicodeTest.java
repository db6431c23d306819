package io.github.sparkattention.internal.pieces;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.Normalizer;
import java.text.Normalizer.Form;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Holds the pinned tables to those of the JDK that runs, as far as both know a code point. */
class PinnedUnicodeTest {
  private static final long SEED = 20250103;

  /** Categories that Unicode has changed after version 8. */
  private static final Set<Integer> RECLASSIFIED =
      Set.of(0x166D, 0x1734, 0x1885, 0x1886, 0xA9BD, 0x111C9, 0x1171E);

  private static final Pattern WHITE_SPACE = Pattern.compile("\\p{IsWhite_Space}");

  private static IntStream points(IntPredicate which) {
    return IntStream.rangeClosed(0, Character.MAX_CODE_POINT)
        .filter(point -> point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE)
        .filter(which);
  }

  private static Set<Integer> set(IntPredicate which) {
    Set<Integer> set = new TreeSet<>();
    points(which).forEach(set::add);
    return set;
  }

  private static boolean isA(int point, int... types) {
    return IntStream.of(types).anyMatch(type -> Character.getType(point) == type);
  }

  private static boolean isPunctuation(int point) {
    return isA(
        point,
        Character.CONNECTOR_PUNCTUATION,
        Character.DASH_PUNCTUATION,
        Character.START_PUNCTUATION,
        Character.END_PUNCTUATION,
        Character.INITIAL_QUOTE_PUNCTUATION,
        Character.FINAL_QUOTE_PUNCTUATION,
        Character.OTHER_PUNCTUATION);
  }

  private static boolean isLetter(int point) {
    return Character.isLetter(point);
  }

  private static boolean isNumber(int point) {
    return isA(
        point, Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER);
  }

  @Test
  void lettersAndNumbersAreTheJdksWhereBothKnowTheCodePoint() {
    // The JDK may be older or newer, but categories of letters and numbers have not changed since.
    assertThat(set(point -> PinnedUnicode.isLetter(point) && Character.isDefined(point)))
        .hasSizeGreaterThan(120_000)
        .allMatch(PinnedUnicodeTest::isLetter);
    assertThat(set(point -> PinnedUnicode.isNumber(point) && Character.isDefined(point)))
        .hasSizeGreaterThan(1_700)
        .allMatch(PinnedUnicodeTest::isNumber);
    // JDKs up to 25 know no later version.
    int newest = Runtime.version().feature() <= 25 ? Character.MAX_CODE_POINT : 0x2FF;
    assertThat(set(point -> point <= newest && isLetter(point))).allMatch(PinnedUnicode::isLetter);
    assertThat(set(point -> point <= newest && isNumber(point))).allMatch(PinnedUnicode::isNumber);
  }

  @Test
  void categoriesOfVersion8AreTheJdksButForThoseThatHaveChanged() {
    IntPredicate unchanged = point -> !RECLASSIFIED.contains(point);
    assertThat(set(unchanged.and(PinnedUnicode::isPunctuation)))
        .hasSizeGreaterThan(700)
        .allMatch(PinnedUnicodeTest::isPunctuation);
    assertThat(set(unchanged.and(PinnedUnicode::isNonspacingMark)))
        .hasSizeGreaterThan(1_500)
        .allMatch(point -> isA(point, Character.NON_SPACING_MARK));
    assertThat(set(PinnedUnicode::isControl))
        .hasSizeGreaterThan(200)
        .allMatch(point -> isA(point, Character.CONTROL, Character.FORMAT, Character.PRIVATE_USE));
    assertThat(RECLASSIFIED).anyMatch(point -> !isPunctuation(point));
  }

  @Test
  void whiteSpaceIsTheJdks() {
    assertThat(set(PinnedUnicode::isSpace))
        .isEqualTo(set(point -> WHITE_SPACE.matcher(Character.toString(point)).matches()));
  }

  @Test
  void lowerCaseIsTheJdksWhereItKnowsTheCodePoints() {
    List<Integer> known =
        points(point -> PinnedUnicode.isLetter(point) || PinnedUnicode.hasLowerCase(point))
            .filter(point -> point != 0x130)
            .filter(Character::isDefined)
            .filter(point -> Character.isDefined(PinnedUnicode.lowerCase(point)))
            .filter(point -> PinnedUnicode.isLetter(Character.toLowerCase(point)) || point < 0x3000)
            .boxed()
            .toList();
    assertThat(known).hasSizeGreaterThan(120_000);
    for (int point : known) {
      if (PinnedUnicode.lowerCase(point) != Character.toLowerCase(point)) {
        assertThat(PinnedUnicode.lowerCase(point))
            .as("%04X", point)
            .isEqualTo(Character.toLowerCase(point));
      }
    }
  }

  @Test
  void normalFormsAreTheJdks() {
    List<Integer> known =
        points(point -> PinnedUnicode.normalizes(point) || point % 97 == 0)
            .filter(Character::isDefined)
            .filter(point -> !isNew(point))
            .boxed()
            .toList();
    assertThat(known).hasSizeGreaterThan(2_500);
    for (int point : known) {
      assertSame("x" + Character.toString(point));
    }
    Random random = new Random(SEED);
    for (int i = 0; i < 20_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int j = random.nextInt(8); j >= 0; j--) {
        text.appendCodePoint(
            random.nextInt(3) == 0
                ? "aAoUe각가".codePointAt(random.nextInt(9))
                : known.get(random.nextInt(known.size())));
      }
      assertSame(text.toString());
    }
  }

  /** Marks and letters of later versions than 9, which the pinned tables leave as they are. */
  private static boolean isNew(int point) {
    // Between marks of the highest and the lowest class a mark moves, and a whole comes apart.
    String text = "\u0345" + Character.toString(point) + "\u0334";
    return !PinnedUnicode.normalizes(point) && !Normalizer.isNormalized(text, Form.NFD);
  }

  private static void assertSame(String text) {
    Ints points = Ints.codePoints(text);
    assertThat(text(NormalForms.decomposed(points)))
        .as("seed %d: %s", SEED, EdgePoints.escaped(text))
        .isEqualTo(Normalizer.normalize(text, Form.NFD));
    assertThat(text(NormalForms.composed(points)))
        .as("seed %d: %s", SEED, EdgePoints.escaped(text))
        .isEqualTo(Normalizer.normalize(text, Form.NFC));
  }

  private static String text(Ints points) {
    return new String(points.values(), 0, points.length());
  }
}
