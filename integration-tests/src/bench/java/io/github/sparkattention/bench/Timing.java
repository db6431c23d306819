package io.github.sparkattention.bench;

import java.util.Arrays;
import java.util.List;

/**
 * What the rounds of one contender took.
 *
 * @param millis one figure a round, in the order of the rounds
 */
record Timing(List<Double> millis) {

  double median() {
    return median(millis);
  }

  double min() {
    return millis.stream().mapToDouble(t -> t).min().orElseThrow();
  }

  double max() {
    return millis.stream().mapToDouble(t -> t).max().orElseThrow();
  }

  /** How many times as fast this is: the median over the rounds that both ran in turn. */
  double throughputOver(Timing other) {
    Double[] ratios = new Double[millis.size()];
    Arrays.setAll(ratios, round -> other.millis.get(round) / millis.get(round));
    return median(List.of(ratios));
  }

  /** The rounds of two that ran in turn, added up. */
  Timing plus(Timing other) {
    Double[] sums = new Double[millis.size()];
    Arrays.setAll(sums, round -> millis.get(round) + other.millis.get(round));
    return new Timing(List.of(sums));
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(t -> t).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
