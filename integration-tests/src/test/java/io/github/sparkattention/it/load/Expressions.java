package io.github.sparkattention.it.load;

/** SQL that makes token embeddings out of a row's id, and a digest out of results. */
final class Expressions {
  /**
   * The number of rows, and the sum and the exclusive or of their hashes: in any order the same.
   */
  static final String[] DIGEST = {
    "count(*) AS count",
    "sum(xxhash64(id, context) % 1000003) AS sum",
    "bit_xor(xxhash64(id, context)) AS xor"
  };

  private Expressions() {}

  /** Embeddings of a number of tokens, which may be 0. */
  static String tokens(String length, int width) {
    return ("transform(if(%s = 0, array(), sequence(1, %s)), t -> transform(sequence(1, %d),"
            + " d -> float(sin(id * 31 + t * 7 + d))))")
        .formatted(length, length, width);
  }
}
