package io.github.sparkattention.bench;

import java.util.List;

/**
 * What came out of texts in Spark.
 *
 * @param table the texts
 * @param names what ran; the first one is this project's pipeline
 * @param timings what their rounds took
 * @param contenders how many of them give vectors; the others do a part of the work
 */
record TextResult(TextTable table, List<String> names, List<Timing> timings, int contenders) {

  /** This project's throughput divided by that of a contender. */
  double ratio(int contender) {
    return timings.get(0).throughputOver(timings.get(contender));
  }

  /** Texts a second in the median round. */
  double rowsPerSecond(int contender) {
    return table.lengths().size() / (timings.get(contender).median() * 1e-3);
  }

  /** Tokens a second in the median round. */
  double tokensPerSecond(int contender) {
    return table.tokens() / (timings.get(contender).median() * 1e-3);
  }
}
