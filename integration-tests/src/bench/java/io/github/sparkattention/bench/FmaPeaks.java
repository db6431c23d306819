package io.github.sparkattention.bench;

import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The machine's fma peak for some numbers of threads: the best of all measurements so far. */
final class FmaPeaks {
  private final Map<Integer, Double> best = new TreeMap<>();

  FmaPeaks(Collection<Integer> threads) {
    threads.forEach(count -> best.put(count, 0.0));
  }

  /** Measures each again, and says what it was this time. */
  String measure() throws InterruptedException {
    Map<Integer, Double> now = new TreeMap<>();
    for (int threads : best.keySet()) {
      now.put(threads, FmaPeak.measure(threads));
    }
    now.forEach((threads, peak) -> best.merge(threads, peak, Math::max));
    return now.entrySet().stream()
        .map(e -> String.format(Locale.ROOT, "%.1f (threads: %d)", e.getValue(), e.getKey()))
        .collect(Collectors.joining(", ", "", " GFLOP/s with " + FmaChains.species()));
  }

  /** GFLOP/s on a number of threads that was given to the constructor. */
  double of(int threads) {
    return best.get(threads);
  }
}
