package io.github.sparkattention.kernels.contract;

import io.github.sparkattention.kernels.Rotary;

/** The sines and cosines of rotary positions, made in double and rounded once. */
public final class Rotations {
  private Rotations() {}

  /**
   * The cosines and the sines of all pairs' angles, for some positions: [position][2][pairs], the
   * cosines first.
   *
   * @param rotary the frequencies
   * @param firstPosition the first position
   * @param table receives them
   * @param at where the first position begins in the table
   * @param count number of positions
   */
  public static void fill(Rotary rotary, int firstPosition, float[] table, int at, int count) {
    double[] frequencies = new double[rotary.pairs()];
    for (int pair = 0; pair < frequencies.length; pair++) {
      frequencies[pair] = rotary.frequency(pair);
    }
    int next = at;
    for (int position = firstPosition; position < firstPosition + count; position++) {
      for (int pair = 0; pair < frequencies.length; pair++) {
        double angle = position * frequencies[pair];
        table[next + pair] = (float) StrictMath.cos(angle);
        table[next + frequencies.length + pair] = (float) StrictMath.sin(angle);
      }
      next += 2 * frequencies.length;
    }
  }

  /**
   * The first of a pair of values, turned.
   *
   * @param a the first value
   * @param b the second value
   * @param cos the cosine of the angle
   * @param sin its sine
   * @return a · cos - b · sin
   */
  public static float first(float a, float b, float cos, float sin) {
    return Math.fma(a, cos, -(b * sin));
  }

  /**
   * The second of a pair of values, turned.
   *
   * @param a the first value
   * @param b the second value
   * @param cos the cosine of the angle
   * @param sin its sine
   * @return b · cos + a · sin
   */
  public static float second(float a, float b, float cos, float sin) {
    return Math.fma(b, cos, a * sin);
  }
}
