package io.github.sparkattention.internal.pieces;

/**
 * Unicode's canonical normal forms by its algorithm (UAX 15), over {@link PinnedUnicode}'s tables.
 */
public final class NormalForms {
  private static final int SYLLABLES = 0xAC00;
  private static final int LEADS = 0x1100;
  private static final int VOWELS = 0x1161;
  private static final int TRAILS = 0x11A7;
  private static final int LEAD_COUNT = 19;
  private static final int VOWEL_COUNT = 21;
  private static final int TRAIL_COUNT = 28;
  private static final int SYLLABLE_COUNT = LEAD_COUNT * VOWEL_COUNT * TRAIL_COUNT;

  private NormalForms() {}

  /** Form D: all decomposed, and marks in the order of their classes. */
  static Ints decomposed(Ints text) {
    Ints result = new Ints(text.length() + text.length() / 4);
    for (int i = 0; i < text.length(); i++) {
      decompose(text.values()[i], result);
    }
    sortMarks(result);
    return result;
  }

  private static void decompose(int point, Ints result) {
    int syllable = point - SYLLABLES;
    if (syllable >= 0 && syllable < SYLLABLE_COUNT) {
      result.add(LEADS + syllable / (VOWEL_COUNT * TRAIL_COUNT));
      result.add(VOWELS + syllable % (VOWEL_COUNT * TRAIL_COUNT) / TRAIL_COUNT);
      if (syllable % TRAIL_COUNT != 0) {
        result.add(TRAILS + syllable % TRAIL_COUNT);
      }
      return;
    }
    int[] parts = PinnedUnicode.decomposition(point);
    if (parts == null) {
      result.add(point);
      return;
    }
    for (int part : parts) {
      decompose(part, result);
    }
  }

  /** Sorts each run of marks by class; those of one class keep their order. */
  private static void sortMarks(Ints text) {
    int[] points = text.values();
    int start = 0;
    while (start < text.length()) {
      if (PinnedUnicode.combiningClass(points[start]) == 0) {
        start++;
        continue;
      }
      int end = start;
      while (end < text.length() && PinnedUnicode.combiningClass(points[end]) != 0) {
        end++;
      }
      sortRun(points, start, end);
      start = end;
    }
  }

  private static void sortRun(int[] points, int start, int end) {
    // By counting, for a text may be nothing but marks.
    int[] places = new int[257];
    for (int i = start; i < end; i++) {
      places[PinnedUnicode.combiningClass(points[i]) + 1]++;
    }
    for (int i = 1; i < places.length; i++) {
      places[i] += places[i - 1];
    }
    int[] run = new int[end - start];
    for (int i = start; i < end; i++) {
      run[places[PinnedUnicode.combiningClass(points[i])]++] = points[i];
    }
    System.arraycopy(run, 0, points, start, run.length);
  }

  /** Form C: decomposed, and composed again as far as it goes. */
  public static Ints composed(Ints text) {
    Ints points = decomposed(text);
    int[] values = points.values();
    int starter = -1;
    int before = 0;
    int length = 0;
    for (int i = 0; i < points.length(); i++) {
      int point = values[i];
      int combines = PinnedUnicode.combiningClass(point);
      // A mark is kept from its starter by one of the same or a higher class in between.
      boolean blocked = starter < 0 || (starter != length - 1 && before >= combines);
      int whole = blocked ? -1 : compose(values[starter], point);
      if (whole >= 0) {
        values[starter] = whole;
        continue;
      }
      if (combines == 0) {
        starter = length;
      }
      before = combines;
      values[length++] = point;
    }
    points.truncate(length);
    return points;
  }

  private static int compose(int first, int second) {
    int lead = first - LEADS;
    int vowel = second - VOWELS;
    if (lead >= 0 && lead < LEAD_COUNT && vowel >= 0 && vowel < VOWEL_COUNT) {
      return SYLLABLES + (lead * VOWEL_COUNT + vowel) * TRAIL_COUNT;
    }
    int syllable = first - SYLLABLES;
    int trail = second - TRAILS;
    if (syllable >= 0
        && syllable < SYLLABLE_COUNT
        && syllable % TRAIL_COUNT == 0
        && trail > 0
        && trail < TRAIL_COUNT) {
      return first + trail;
    }
    return PinnedUnicode.composition(first, second);
  }
}
