package io.github.sparkattention.kernels.contract;

import io.github.sparkattention.kernels.Activation;
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

  // 1/√m ≈ Q0 + Q1·m + Q2·m² + Q3·m³ for 1 <= m < 4, within 7.1e-3; two Newton steps do the rest.
  /** Coefficient of m⁰ of the first guess at 1/√m. */
  public static final float Q0 = 0x1.8e6236p+0f;

  /** Coefficient of m¹ of the first guess at 1/√m. */
  public static final float Q1 = -0x1.7a4c1p-1f;

  /** Coefficient of m² of the first guess at 1/√m. */
  public static final float Q2 = 0x1.8eb708p-3f;

  /** Coefficient of m³ of the first guess at 1/√m. */
  public static final float Q3 = -0x1.381edcp-6f;

  /** log2(e), which takes exponents to base two. */
  public static final float LOG2_E = (float) Heads.LOG2_E;

  // tanh's argument in base two, doubled: x · (T1 + T3·x²) = 2·log2(e)·√(2/π)·(x + 0.044715·x³).
  /** 2 · log2(e) · √(2/π). */
  public static final float T1 = 0x1.26aec2p+1f;

  /** 0.044715 times {@link #T1}. */
  public static final float T3 = 0x1.a5a7dp-4f;

  // -log2(Φ(-a)) = 1 + a·(G0 + G1·a + … + G10·a¹⁰) for 0 <= a <= 6, where Φ is the normal
  // distribution: minimax for the relative error of Φ, 6.5e-9. The last factor stays as it is from
  // GELU_BEND on, where x·Φ(-a) is less than 1e-9·x.
  /** Where the polynomial of the normal distribution's logarithm ends. */
  public static final float GELU_BEND = 6f;

  /** Coefficient of a⁰ of (-log2(Φ(-a)) - 1)/a. */
  public static final float G0 = 0x1.26aec8p+0f;

  /** Coefficient of a¹ of (-log2(Φ(-a)) - 1)/a. */
  public static final float G1 = 0x1.d63db6p-2f;

  /** Coefficient of a² of (-log2(Φ(-a)) - 1)/a. */
  public static final float G2 = 0x1.ad9024p-5f;

  /** Coefficient of a³ of (-log2(Φ(-a)) - 1)/a. */
  public static final float G3 = -0x1.c5bc8ep-8f;

  /** Coefficient of a⁴ of (-log2(Φ(-a)) - 1)/a. */
  public static final float G4 = -0x1.4acd98p-15f;

  /** Coefficient of a⁵ of (-log2(Φ(-a)) - 1)/a. */
  public static final float G5 = 0x1.483feep-12f;

  /** Coefficient of a⁶ of (-log2(Φ(-a)) - 1)/a. */
  public static final float G6 = -0x1.842518p-14f;

  /** Coefficient of a⁷ of (-log2(Φ(-a)) - 1)/a. */
  public static final float G7 = 0x1.0524aap-16f;

  /** Coefficient of a⁸ of (-log2(Φ(-a)) - 1)/a. */
  public static final float G8 = -0x1.b59178p-20f;

  /** Coefficient of a⁹ of (-log2(Φ(-a)) - 1)/a. */
  public static final float G9 = 0x1.a8c76ap-24f;

  /** Coefficient of a¹⁰ of (-log2(Φ(-a)) - 1)/a. */
  public static final float G10 = -0x1.6d9afap-29f;

  /** Accumulators of a sum along a row; value k is in accumulator k mod 16. */
  public static final int ACCUMULATORS = 16;

  /**
   * Ids of a segment of a vocabulary, a multiple of {@link #KEY_BLOCK}. Each segment has a running
   * softmax of its own, and {@link ScoreParts} joins them, so that segments may be computed side by
   * side.
   */
  public static final int SEGMENT = 85 * KEY_BLOCK;

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
   * 1/√v, within 1.4 · 2⁻²⁴ of the true value, relative to it.
   *
   * @param v a positive number, at least the smallest normal float
   * @return the reciprocal of its root; NaN for infinity and what is no positive number
   */
  public static float rsqrt(float v) {
    if (!(v >= Float.MIN_NORMAL && v <= Float.MAX_VALUE)) {
      return Float.NaN;
    }
    float root = 1f;
    while (v >= 4f) {
      v *= 0.25f;
      root *= 0.5f;
    }
    while (v < 1f) {
      v *= 4f;
      root *= 2f;
    }
    float r = Math.fma(Q3, v, Q2);
    r = Math.fma(r, v, Q1);
    r = Math.fma(r, v, Q0);
    r = Math.fma(0.5f * r, Math.fma(-(v * r), r, 1f), r);
    r = Math.fma(0.5f * r, Math.fma(-(v * r), r, 1f), r);
    return r * root;
  }

  /**
   * Joins the accumulators of a sum along a row, as a fixed tree: those 8 apart, then 4, 2 and 1.
   *
   * @param sums the {@link #ACCUMULATORS}, which are overwritten
   * @return their sum
   */
  public static float join(float[] sums) {
    for (int apart = ACCUMULATORS / 2; apart > 0; apart /= 2) {
      for (int i = 0; i < apart; i++) {
        sums[i] += sums[i + apart];
      }
    }
    return sums[0];
  }

  /**
   * The function of a projection's sum. Each is within 2.4 · 2⁻²⁴ · |x| of the true value.
   *
   * @param activation which function
   * @param x the sum
   * @return its value
   */
  public static float activate(Activation activation, float x) {
    return switch (activation) {
      case NONE -> x;
      case GELU_TANH -> geluTanh(x);
      case GELU_ERF -> geluErf(x);
      case SILU -> silu(x);
      case RELU -> relu(x);
    };
  }

  private static float geluTanh(float x) {
    float square = Math.fma(x, x, 0f);
    return Math.fma(x, sigmoid(Math.fma(x, Math.fma(square, T3, T1), 0f)), 0f);
  }

  private static float geluErf(float x) {
    float a = Math.abs(x);
    float b = a > GELU_BEND ? GELU_BEND : a;
    float g = Math.fma(G10, b, G9);
    g = Math.fma(g, b, G8);
    g = Math.fma(g, b, G7);
    g = Math.fma(g, b, G6);
    g = Math.fma(g, b, G5);
    g = Math.fma(g, b, G4);
    g = Math.fma(g, b, G3);
    g = Math.fma(g, b, G2);
    g = Math.fma(g, b, G1);
    g = Math.fma(g, b, G0);
    float tail = exp2(Math.fma(-a, g, -1f));
    return Math.fma(x, x < 0f ? tail : 1f - tail, 0f);
  }

  private static float silu(float x) {
    return Math.fma(x, sigmoid(Math.fma(x, LOG2_E, 0f)), 0f);
  }

  /** Halves that double or cancel: a comparison would lose NaN on some devices. */
  private static float relu(float x) {
    return Math.fma(0.5f, x, 0.5f * Math.abs(x));
  }

  /** 1 / (1 + 2^-w). */
  private static float sigmoid(float w) {
    float power = exp2(-Math.abs(w));
    float r = reciprocalOfOneToTwo(1f + power);
    return w < 0f ? Math.fma(power, r, 0f) : r;
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
