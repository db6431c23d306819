package io.github.sparkattention.kernels.contract;

import io.github.sparkattention.kernels.Linear;

/**
 * The random numbers that PyTorch draws on a CPU after {@code torch.manual_seed(seed)}, bit for
 * bit, so that a layer gets the weights that the book prints.
 *
 * <p>Sources: Matsumoto and Nishimura, "Mersenne Twister", 1998, with the initialization of 2002;
 * PyTorch's {@code CPUGeneratorImpl}, {@code uniform_real_distribution} and {@code
 * nn.Linear.reset_parameters}. Draws were compared with PyTorch 1.13, 2.7.1 and 2.13.0.
 */
public final class TorchRandom {
  private static final int STATE_WORDS = 624;
  private static final int MIDDLE = 397;
  private static final int UPPER_BIT = 0x80000000;
  private static final int TWIST = 0x9908B0DF;

  private final int[] state = new int[STATE_WORDS];
  private int next = STATE_WORDS;

  /**
   * Seeds the generator as {@code torch.manual_seed} does.
   *
   * <p>PyTorch takes a seed from -2⁶³ to 2⁶⁴ - 1 and keeps its 64 bits, a negative one in two's
   * complement; a long holds all of these. The generator of the CPU uses the low 32 bits alone, so
   * that -1 and 4294967295 draw the same numbers, as they do there.
   *
   * @param seed the seed; any value
   */
  public TorchRandom(long seed) {
    state[0] = (int) seed;
    for (int i = 1; i < STATE_WORDS; i++) {
      int before = state[i - 1];
      state[i] = 1812433253 * (before ^ (before >>> 30)) + i;
    }
  }

  /**
   * The next number of {@code torch.rand}.
   *
   * @return a multiple of 2⁻²⁴ in [0, 1)
   */
  public float uniform() {
    return (nextInt() & 0xFFFFFF) * 0x1p-24f;
  }

  /**
   * Draws what {@code torch.nn.Linear(inFeatures, outFeatures, bias)} draws: the weight row by row,
   * then the bias, all uniform in [-b, b) with b = 1/sqrt(inFeatures).
   *
   * @param inFeatures values per input, at least 1
   * @param outFeatures values per result, at least 1
   * @param bias whether there is a bias
   * @return the layer, weight [outFeatures, inFeatures]
   * @throws IllegalArgumentException if a size is less than 1, or the weight is too large for an
   *     array
   */
  public Linear linear(int inFeatures, int outFeatures, boolean bias) {
    if (inFeatures < 1 || outFeatures < 1 || (long) inFeatures * outFeatures > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          String.format(
              "a weight must have sizes of at least 1 and at most %d values, but is [%d, %d]",
              Integer.MAX_VALUE, outFeatures, inFeatures));
    }
    float bound = (float) (1 / Math.sqrt(inFeatures));
    return new Linear(
        uniform(outFeatures * inFeatures, bound),
        bias ? uniform(outFeatures, bound) : null,
        outFeatures,
        inFeatures);
  }

  private float[] uniform(int count, float bound) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      // Fused, as PyTorch's build contracts it: with two roundings every second value differs.
      values[i] = Math.fma(uniform(), 2 * bound, -bound);
    }
    return values;
  }

  /** The next 32 bits of the Mersenne Twister. */
  int nextInt() {
    if (next == STATE_WORDS) {
      advance();
    }
    int word = state[next++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9D2C5680;
    word ^= (word << 15) & 0xEFC60000;
    return word ^ (word >>> 18);
  }

  private void advance() {
    for (int i = 0; i < STATE_WORDS; i++) {
      int following = state[(i + 1) % STATE_WORDS];
      int joined = (state[i] & UPPER_BIT) | (following & ~UPPER_BIT);
      int twist = (following & 1) == 0 ? 0 : TWIST;
      state[i] = state[(i + MIDDLE) % STATE_WORDS] ^ (joined >>> 1) ^ twist;
    }
    next = 0;
  }
}
