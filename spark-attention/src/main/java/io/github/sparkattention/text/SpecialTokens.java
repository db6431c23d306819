package io.github.sparkattention.text;

import java.io.Serializable;

/** The ids that a model wants before and after each text, such as those of [CLS] and [SEP]. */
public final class SpecialTokens implements Serializable {
  private static final long serialVersionUID = 1L;

  static final SpecialTokens NONE = new SpecialTokens(new int[0], new int[0]);

  private final int[] before;
  private final int[] after;

  SpecialTokens(int[] before, int[] after) {
    this.before = before;
    this.after = after;
  }

  /** {@return how many there are for one text} */
  public int count() {
    return before.length + after.length;
  }

  boolean comeBefore() {
    return before.length > 0;
  }

  boolean comeAfter() {
    return after.length > 0;
  }

  /**
   * Some of a text's ids with the special ones around them.
   *
   * @param ids the text's ids
   * @param from the first one to take
   * @param to the one after the last to take
   * @return a new array
   */
  public int[] around(int[] ids, int from, int to) {
    int[] all = new int[Math.addExact(to - from, count())];
    System.arraycopy(before, 0, all, 0, before.length);
    System.arraycopy(ids, from, all, before.length, to - from);
    System.arraycopy(after, 0, all, before.length + to - from, after.length);
    return all;
  }
}
