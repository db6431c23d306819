package io.github.sparkattention.kernels.contract;

import io.github.sparkattention.kernels.Linear;

/**
 * The random numbers that PyTorch draws on a CPU after {@code torch.manual_seed(seed)}, so that a
 * layer gets the weights that the book prints. Uniform numbers are the same bit for bit. Normal
 * ones are the same to a few units in the last place, since builds of PyTorch differ in their
 * logarithms and sines; here they have the same bits on every machine.
 *
 * <p>Sources: Matsumoto and Nishimura, "Mersenne Twister", 1998, with the initialization of 2002;
 * PyTorch's {@code CPUGeneratorImpl}, {@code uniform_real_distribution}, {@code
 * normal_distribution}, {@code normal_fill} and {@code nn.Linear.reset_parameters}; Box and Muller,
 * 1958. Draws were compared with PyTorch 1.13, 2.7.1 and 2.13.0.
 */
public final class TorchRandom {
  private static final int STATE_WORDS = 624;
  private static final int MIDDLE = 397;
  private static final int UPPER_BIT = 0x80000000;
  private static final int TWIST = 0x9908B0DF;

  /** Values that {@code normal_fill} makes at once, each of eight with the eighth after it. */
  private static final int NORMAL_BLOCK = 16;

  private final int[] state = new int[STATE_WORDS];
  private int next = STATE_WORDS;

  /** The second of two values that are drawn at once, when there are few; NaN if there is none. */
  private double spareNormal = Double.NaN;

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

  /**
   * Draws what {@code torch.randn} draws for a tensor of so many values: numbers of the normal
   * distribution with mean 0 and deviation 1. {@code torch.nn.Embedding} draws its rows like this.
   *
   * @param count number of values, at least 0
   * @return the values
   */
  public float[] normal(int count) {
    float[] values = new float[count];
    if (count < NORMAL_BLOCK) {
      for (int i = 0; i < count; i++) {
        values[i] = (float) nextNormal();
      }
      return values;
    }
    drawNormalBlocks(values, 0, count - count % NORMAL_BLOCK, count);
    if (count % NORMAL_BLOCK != 0) {
      // The last block overlaps the one before, and is drawn anew.
      drawNormalBlocks(values, count - NORMAL_BLOCK, count, count);
    }
    return values;
  }

  /**
   * Draws uniforms up to {@code drawn}, and makes whole blocks up to {@code end} of them normal.
   */
  private void drawNormalBlocks(float[] values, int start, int end, int drawn) {
    for (int i = start; i < drawn; i++) {
      values[i] = uniform();
    }
    int half = NORMAL_BLOCK / 2;
    for (int block = start; block < end; block += NORMAL_BLOCK) {
      for (int i = block; i < block + half; i++) {
        float radius = (float) Math.sqrt(-2 * (float) StrictMath.log(1 - values[i]));
        float angle = (float) (2 * Math.PI) * values[i + half];
        values[i] = radius * (float) StrictMath.cos(angle);
        values[i + half] = radius * (float) StrictMath.sin(angle);
      }
    }
  }

  private double nextNormal() {
    if (!Double.isNaN(spareNormal)) {
      double spare = spareNormal;
      spareNormal = Double.NaN;
      return spare;
    }
    double first = uniformDouble();
    double second = uniformDouble();
    double radius = Math.sqrt(-2 * StrictMath.log1p(-second));
    double angle = 2 * Math.PI * first;
    spareNormal = radius * StrictMath.sin(angle);
    return radius * StrictMath.cos(angle);
  }

  /** A multiple of 2⁻⁵³ in [0, 1), of the low bits of two words, the higher one drawn first. */
  private double uniformDouble() {
    long high = (long) nextInt() << Integer.SIZE;
    long bits = high | Integer.toUnsignedLong(nextInt());
    return (bits & (1L << 53) - 1) * 0x1p-53;
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
