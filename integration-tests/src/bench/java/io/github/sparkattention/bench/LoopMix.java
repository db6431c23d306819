package io.github.sparkattention.bench;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The instructions of an innermost loop.
 *
 * @param function where its lines come from, or a dash if that is not known
 * @param counts how many there are of each kind
 */
record LoopMix(String function, Map<Kind, Integer> counts) {
  /** Loops over factors in local memory have more than these, and others have fewer. */
  private static final int FEWEST_FMAS = 16;

  private static final int FEWEST_LOADS = 4;

  /** What an instruction does, as far as it matters to a loop of multiply-adds. */
  enum Kind {
    FMA("fma"),
    LOCAL_LOAD("local loads"),
    LOCAL_STORE("local stores"),
    GLOBAL("global"),
    PRIVATE("private in memory"),
    OTHER("other");

    private final String title;

    Kind(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }
  }

  /** Counts instructions. */
  static LoopMix of(String function, List<Kind> instructions) {
    Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
    instructions.forEach(kind -> counts.merge(kind, 1, Integer::sum));
    return new LoopMix(function, counts);
  }

  int count(Kind kind) {
    return counts.getOrDefault(kind, 0);
  }

  /** Whether it multiplies factors from local memory, as those do that a step's time goes to. */
  boolean multiplies() {
    return count(Kind.FMA) >= FEWEST_FMAS && count(Kind.LOCAL_LOAD) >= FEWEST_LOADS;
  }

  /** What share of all instructions is fused multiply-adds. */
  double fmaShare() {
    return (double) count(Kind.FMA) / counts.values().stream().mapToInt(Integer::intValue).sum();
  }
}
