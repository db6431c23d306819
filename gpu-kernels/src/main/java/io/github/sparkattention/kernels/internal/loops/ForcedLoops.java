package io.github.sparkattention.kernels.internal.loops;

/** The loops that a system property forces, of which a class that makes them must know early. */
public final class ForcedLoops {
  /**
   * System property that forces a choice: {@code plain}, {@code simd} (as wide as the processor
   * allows), or {@code simd-128}, {@code simd-256}, {@code simd-512}; {@code auto} unless set.
   */
  public static final String PROPERTY = "sparkattention.kernels";

  private ForcedLoops() {}

  /** The choice that was forced, or {@code auto}. */
  public static String choice() {
    return System.getProperty(PROPERTY, "auto");
  }

  /** The vector size that was asked for, or 0 for the preferred one. */
  public static int vectorBits() {
    String choice = choice();
    return choice.startsWith("simd-") ? Integer.parseInt(choice.substring("simd-".length())) : 0;
  }
}
