package io.github.sparkattention.kernels.files;

import java.util.Collection;

/** Finds the name that was meant by one that is missing. */
public final class NearestName {
  /** Names that differ by more insertions, deletions and replacements than this are no hint. */
  private static final int MOST_EDITS = 4;

  /** Longer names, and more of them, are not compared, which bounds the work on a hostile file. */
  private static final int LONGEST = 100;

  private static final int MOST_NAMES = 1000;

  private NearestName() {}

  /**
   * Looks for the nearest name.
   *
   * @param name the name that is missing
   * @param among the names that are there
   * @return the one with the fewest edits, the first of those; or null if none is near
   */
  public static String find(String name, Collection<String> among) {
    String nearest = null;
    int fewest = Math.min(MOST_EDITS, name.length() / 2) + 1;
    int compared = 0;
    for (String other : among) {
      if (Math.abs(other.length() - name.length()) < fewest && name.length() <= LONGEST) {
        int edits = edits(name, other);
        if (edits < fewest) {
          fewest = edits;
          nearest = other;
        }
      }
      compared++;
      if (compared == MOST_NAMES) {
        break;
      }
    }
    return nearest;
  }

  /** The Levenshtein distance, row by row. */
  private static int edits(String a, String b) {
    int[] above = new int[b.length() + 1];
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, Math.min(above[j], row[j - 1]) + 1);
      }
      int[] done = above;
      above = row;
      row = done;
    }
    return above[b.length()];
  }
}
