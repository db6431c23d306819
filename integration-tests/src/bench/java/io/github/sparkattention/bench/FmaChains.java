package io.github.sparkattention.bench;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Fused multiply-adds and nothing else, as many at a time as the core takes. */
final class FmaChains {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

  /** Enough to hide a latency of five cycles on two units, and few enough for 16 registers. */
  private static final int CHAINS = 12;

  private FmaChains() {}

  /** The vectors that the probe uses, such as {@code 512 bits}. */
  static String species() {
    return SPECIES.vectorBitSize() + " bits";
  }

  /** Operations of one step of {@link #run}. */
  static double operationsPerStep() {
    return 2.0 * CHAINS * SPECIES.length();
  }

  /**
   * Runs the chains.
   *
   * @return a value that depends on all of them, so that none can be left out
   */
  static float run(int steps) {
    FloatVector factor = FloatVector.broadcast(SPECIES, 0.999f);
    FloatVector term = FloatVector.broadcast(SPECIES, 0.001f);
    FloatVector a = term;
    FloatVector b = term;
    FloatVector c = term;
    FloatVector d = term;
    FloatVector e = term;
    FloatVector f = term;
    FloatVector g = term;
    FloatVector h = term;
    FloatVector i = term;
    FloatVector j = term;
    FloatVector k = term;
    FloatVector l = term;
    for (int step = 0; step < steps; step++) {
      a = a.fma(factor, term);
      b = b.fma(factor, term);
      c = c.fma(factor, term);
      d = d.fma(factor, term);
      e = e.fma(factor, term);
      f = f.fma(factor, term);
      g = g.fma(factor, term);
      h = h.fma(factor, term);
      i = i.fma(factor, term);
      j = j.fma(factor, term);
      k = k.fma(factor, term);
      l = l.fma(factor, term);
    }
    FloatVector sum = a.add(b).add(c).add(d).add(e).add(f).add(g).add(h).add(i).add(j).add(k);
    return sum.add(l).lane(0);
  }
}
