package io.github.sparkattention.kernels.contract;

import io.github.sparkattention.kernels.Heads;

/**
 * The elementary functions of the numeric contract. Every backend computes exactly these formulas,
 * operation by operation, so that a result has the same bits wherever it was computed.
 *
 * <p>Rules that hold in all of them: a product that is summed is a fused multiply-add, so that no
 * compiler can decide about contracting it; nothing divides, since not every device rounds a
 * division correctly; powers of two are exact, so a backend may take them from a table, from bits
 * or from an instruction.
 *
 * <p>Attention works in base two: the factor log2(e) is folded into the queries, and the softmax
 * weight of a score s under the running maximum m is {@code exp2(s - m)}.
 */
public final class ContractMath {
  /**
   * Keys per block of the online softmax, counted from the start of a sequence. The running maximum
   * is renewed once a block, so this number is part of the contract: another one gives other bits.
   */
  public static final int KEY_BLOCK = 48;

  /** Below this exponent {@link #exp2} is 0: a weight is never subnormal. */
  public static final float EXP2_UNDERFLOW = -126f;

  /** ln(2). */
  private static final double LN_2 = 0.6931471805599453;

  /** The running maximum before the first key; any finite score is larger. */
  public static final float NO_MAXIMUM = -Float.MAX_VALUE;

  // 2^f = 1 + f·(E0 + E1·f + … + E5·f⁵) for |f| <= 1/2: minimax for the relative error, 5.3e-9.
  /** Coefficient of f⁰ of (2^f - 1)/f. */
  public static final float E0 = 0x1.62e432p-1f;

  /** Coefficient of f¹ of (2^f - 1)/f. */
  public static final float E1 = 0x1.ebfbe6p-3f;

  /** Coefficient of f² of (2^f - 1)/f. */
  public static final float E2 = 0x1.c6ada6p-5f;

  /** Coefficient of f³ of (2^f - 1)/f. */
  public static final float E3 = 0x1.3b21c6p-7f;

  /** Coefficient of f⁴ of (2^f - 1)/f. */
  public static final float E4 = 0x1.5fbfb2p-10f;

  /** Coefficient of f⁵ of (2^f - 1)/f. */
  public static final float E5 = 0x1.4bcd82p-13f;

  // 1/d ≈ R0 + R1·d + R2·d² + R3·d³ for 1 <= d <= 2, within 1.8e-3; two Newton steps do the rest.
  /** Coefficient of d⁰ of the first guess at 1/d. */
  public static final float R0 = 0x1.6a09c4p+1f;

  /** Coefficient of d¹ of the first guess at 1/d. */
  public static final float R1 = -0x1.783c58p+1f;

  /** Coefficient of d² of the first guess at 1/d. */
  public static final float R2 = 0x1.54bde6p+0f;

  /** Coefficient of d³ of the first guess at 1/d. */
  public static final float R3 = -0x1.c65286p-3f;

  /** 1.5 · 2²³: adding it to a small float leaves the nearest integer in the low bits. */
  private static final float ROUNDING = 0x1.8p23f;

  private ContractMath() {}

  /**
   * 2^x for x &le; 0, within 8.5e-8 of the true value; exactly 1 at 0, and 0 below {@link
   * #EXP2_UNDERFLOW}.
   *
   * @param x exponent, at most 0; NaN gives NaN
   * @return 2^x
   */
  public static float exp2(float x) {
    if (x < EXP2_UNDERFLOW) {
      return 0f;
    }
    float n = nearest(x);
    float f = x - n;
    return Math.fma(f, ratio(f), 1f) * powerOfTwo(n);
  }

  /**
   * 2^x - 1 for x &le; 0, accurate near 0.
   *
   * @param x exponent, at most 0; NaN gives NaN
   * @return 2^x - 1, in [-1, 0]
   */
  public static float exp2MinusOne(float x) {
    if (x < EXP2_UNDERFLOW) {
      return -1f;
    }
    float n = nearest(x);
    float f = x - n;
    float power = powerOfTwo(n);
    return Math.fma(power, f * ratio(f), power - 1f);
  }

  /**
   * cap · tanh(x / (2·log2(e))): the soft cap of a score that was scaled by {@link
   * Heads#queryScale}.
   *
   * @param x the scaled score, 2·log2(e) times what tanh is taken of
   * @param cap the cap times log2(e): the result is a score in base two
   * @return the capped score
   */
  public static float softcap(float x, float cap) {
    float e = exp2MinusOne(-Math.abs(x));
    float tanh = -e * reciprocalOfOneToTwo(2f + e);
    // The fma keeps the product from being contracted with the subtraction of the maximum.
    return Math.fma(tanh, Math.copySign(cap, x), 0f);
  }

  /**
   * 1/d, within one unit in the last place.
   *
   * @param d divisor, at least 1
   * @return its reciprocal; NaN where d is not at least 1, which only an overflow of the scores
   *     brings about
   */
  public static float reciprocal(float d) {
    if (!(d >= 1f)) {
      return Float.NaN;
    }
    float power = 1f;
    while (d >= 2f && power > 0f) {
      d *= 0.5f;
      power *= 0.5f;
    }
    return reciprocalOfOneToTwo(d) * power;
  }

  /**
   * The natural logarithm of a query's sum of exponentials, from what its softmax in base two left.
   * Computed on the host wherever the softmax ran, so a strict double logarithm is at hand.
   *
   * @param maximum the running maximum after the last key, in base two
   * @param total the sum of {@code exp2(s - maximum)} over the scores s, before dropout
   * @return ln(2) · maximum + ln(total), rounded once; minus infinity if no key was visible, and
   *     NaN for any other total below 1, which only an overflow of the scores brings about
   */
  public static float logSumExp(float maximum, float total) {
    if (total == 0f) {
      return Float.NEGATIVE_INFINITY;
    }
    return total >= 1f ? (float) Math.fma(maximum, LN_2, StrictMath.log(total)) : Float.NaN;
  }

  private static float nearest(float x) {
    return (x + ROUNDING) - ROUNDING;
  }

  /** (2^f - 1)/f for |f| at most 1/2. */
  private static float ratio(float f) {
    float q = Math.fma(E5, f, E4);
    q = Math.fma(q, f, E3);
    q = Math.fma(q, f, E2);
    q = Math.fma(q, f, E1);
    return Math.fma(q, f, E0);
  }

  private static float powerOfTwo(float n) {
    return Float.intBitsToFloat(((int) n + 127) << 23);
  }

  private static float reciprocalOfOneToTwo(float d) {
    float r = Math.fma(R3, d, R2);
    r = Math.fma(r, d, R1);
    r = Math.fma(r, d, R0);
    r = Math.fma(r, Math.fma(-d, r, 1f), r);
    return Math.fma(r, Math.fma(-d, r, 1f), r);
  }
}
