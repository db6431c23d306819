package io.github.sparkattention.internal.results;

import java.io.Serializable;

/**
 * A column that a stage adds.
 *
 * @param kind what it holds
 * @param name its name
 * @param wanted whether it is written: a plan leaves out what nobody uses, and yet refuses the same
 *     rows
 */
public record ResultColumn(ResultKind kind, String name, boolean wanted) implements Serializable {

  /**
   * A column that is written.
   *
   * @param kind what it holds
   * @param name its name
   */
  public ResultColumn(ResultKind kind, String name) {
    this(kind, name, true);
  }

  /** The same column, written or left out. */
  public ResultColumn wanted(boolean want) {
    return new ResultColumn(kind, name, want);
  }
}
