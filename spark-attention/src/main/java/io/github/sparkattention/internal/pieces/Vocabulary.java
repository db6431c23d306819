package io.github.sparkattention.internal.pieces;

import java.io.Serializable;

/** The tokens of a vocabulary by their ids; null where an id has none. */
public final class Vocabulary implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String[] tokens;

  public Vocabulary(String[] tokens) {
    this.tokens = tokens;
  }

  public int size() {
    return tokens.length;
  }

  public String token(int id) {
    if (id < 0 || id >= tokens.length || tokens[id] == null) {
      throw new IllegalArgumentException(
          String.format(
              "an id must be one of the vocabulary's, from 0 to %d, but is %d",
              tokens.length - 1, id));
    }
    return tokens[id];
  }
}
