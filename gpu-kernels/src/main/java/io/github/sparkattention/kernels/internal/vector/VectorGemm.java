package io.github.sparkattention.kernels.internal.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The matrix products of attention on the Vector API. Each element is summed over k in ascending
 * order by fused multiply-adds; lanes and registers go across elements.
 *
 * <p>Twelve rows by two vectors of accumulators keep 24 of the 32 registers of AVX-512 and NEON
 * busy, enough to hide the latency of the multiply-add; where there are 16 registers, half of the
 * rows go at a time. Accumulators are named locals, since an array of vectors would live on the
 * heap; indexes are {@code base + k * constant}, since a running one, or a factor that is no
 * constant, costs a check of the bounds at every step.
 *
 * <p>What a method is called on is cast to the species' own class first. The cast costs nothing in
 * compiled code, and without it the JIT compiler has to take the class from profiles, which all
 * users of the Vector API in a JVM share: where these mislead it, one call that it can't resolve
 * puts every vector on the heap. Accumulators, which a loop carries, are arguments only: the last
 * step of k stands after the loop, where its results are stored.
 */
final class VectorGemm {
  static final VectorSpecies<Float> SPECIES = VectorKernels.SPECIES;
  static final Class<? extends FloatVector> VECTOR = VectorKernels.VECTOR;
  static final int LANES = SPECIES.length();

  /** Rows of a tile, and of a group of a packed left operand: [k][ROWS]. */
  static final int ROWS = 12;

  /** Columns of a tile, and of a panel of a packed right operand: [k][COLUMNS]. */
  static final int COLUMNS = 32;

  /** Rows that go through together in {@link #accumulate}. */
  static final int SUM_ROWS = 8;

  private static final boolean MANY_REGISTERS = LANES != 8;

  private VectorGemm() {}

  /**
   * Computes a tile [ROWS, COLUMNS]: c = start + a · b.
   *
   * @param a packed rows [depth][ROWS]
   * @param b packed columns [depth][COLUMNS]
   * @param depth products per element, at least 1
   * @param start [COLUMNS], what the sums of each row start from
   * @param c receives the tile, rows {@code cStride} apart
   */
  static void tile(
      float[] a,
      int aOffset,
      float[] b,
      int bOffset,
      int depth,
      float[] start,
      int startOffset,
      float[] c,
      int cOffset,
      int cStride) {
    for (int col = 0; col < COLUMNS; col += 2 * LANES) {
      if (MANY_REGISTERS) {
        tile12(
            a,
            aOffset,
            b,
            bOffset + col,
            depth,
            start,
            startOffset + col,
            c,
            cOffset + col,
            cStride);
      } else {
        for (int half = 0; half < ROWS; half += ROWS / 2) {
          tile6(
              a,
              aOffset + half,
              b,
              bOffset + col,
              depth,
              start,
              startOffset + col,
              c,
              cOffset + half * cStride + col,
              cStride);
        }
      }
    }
  }

  /**
   * Adds to a tile [SUM_ROWS, COLUMNS]: c = c · rescale + a · b.
   *
   * @param a [depth][COLUMNS], of which the SUM_ROWS from {@code aOffset} on count
   * @param b packed columns [depth][COLUMNS]
   * @param rescale a factor per row
   * @param c the tile, rows {@code cStride} apart
   */
  static void accumulate(
      float[] a,
      int aOffset,
      float[] b,
      int bOffset,
      int depth,
      float[] rescale,
      int rescaleOffset,
      float[] c,
      int cOffset,
      int cStride) {
    for (int col = 0; col < COLUMNS; col += 2 * LANES) {
      if (MANY_REGISTERS) {
        accumulate8(
            a, aOffset, b, bOffset + col, depth, rescale, rescaleOffset, c, cOffset + col, cStride);
      } else {
        for (int half = 0; half < SUM_ROWS; half += SUM_ROWS / 2) {
          accumulate4(
              a,
              aOffset + half,
              b,
              bOffset + col,
              depth,
              rescale,
              rescaleOffset + half,
              c,
              cOffset + half * cStride + col,
              cStride);
        }
      }
    }
  }

  /** Twelve rows by two vectors. */
  private static void tile12(
      float[] a,
      int aOffset,
      float[] b,
      int bOffset,
      int depth,
      float[] start,
      int startOffset,
      float[] c,
      int cOffset,
      int cStride) {
    FloatVector s0 = FloatVector.fromArray(SPECIES, start, startOffset);
    FloatVector s1 = FloatVector.fromArray(SPECIES, start, startOffset + LANES);
    FloatVector c0a = s0;
    FloatVector c0b = s1;
    FloatVector c1a = s0;
    FloatVector c1b = s1;
    FloatVector c2a = s0;
    FloatVector c2b = s1;
    FloatVector c3a = s0;
    FloatVector c3b = s1;
    FloatVector c4a = s0;
    FloatVector c4b = s1;
    FloatVector c5a = s0;
    FloatVector c5b = s1;
    FloatVector c6a = s0;
    FloatVector c6b = s1;
    FloatVector c7a = s0;
    FloatVector c7b = s1;
    FloatVector c8a = s0;
    FloatVector c8b = s1;
    FloatVector c9a = s0;
    FloatVector c9b = s1;
    FloatVector c10a = s0;
    FloatVector c10b = s1;
    FloatVector c11a = s0;
    FloatVector c11b = s1;
    int last = depth - 1;
    for (int k = 0; k < last; k++) {
      int bk = bOffset + k * COLUMNS;
      int ak = aOffset + k * ROWS;
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, bk);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, bk + LANES);
      FloatVector a0 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 0]));
      c0a = a0.fma(b0, c0a);
      c0b = a0.fma(b1, c0b);
      FloatVector a1 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 1]));
      c1a = a1.fma(b0, c1a);
      c1b = a1.fma(b1, c1b);
      FloatVector a2 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 2]));
      c2a = a2.fma(b0, c2a);
      c2b = a2.fma(b1, c2b);
      FloatVector a3 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 3]));
      c3a = a3.fma(b0, c3a);
      c3b = a3.fma(b1, c3b);
      FloatVector a4 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 4]));
      c4a = a4.fma(b0, c4a);
      c4b = a4.fma(b1, c4b);
      FloatVector a5 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 5]));
      c5a = a5.fma(b0, c5a);
      c5b = a5.fma(b1, c5b);
      FloatVector a6 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 6]));
      c6a = a6.fma(b0, c6a);
      c6b = a6.fma(b1, c6b);
      FloatVector a7 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 7]));
      c7a = a7.fma(b0, c7a);
      c7b = a7.fma(b1, c7b);
      FloatVector a8 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 8]));
      c8a = a8.fma(b0, c8a);
      c8b = a8.fma(b1, c8b);
      FloatVector a9 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 9]));
      c9a = a9.fma(b0, c9a);
      c9b = a9.fma(b1, c9b);
      FloatVector a10 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 10]));
      c10a = a10.fma(b0, c10a);
      c10b = a10.fma(b1, c10b);
      FloatVector a11 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 11]));
      c11a = a11.fma(b0, c11a);
      c11b = a11.fma(b1, c11b);
    }
    FloatVector b0 = FloatVector.fromArray(SPECIES, b, bOffset + last * COLUMNS);
    FloatVector b1 = FloatVector.fromArray(SPECIES, b, bOffset + last * COLUMNS + LANES);
    int ak = aOffset + last * ROWS;
    FloatVector a0 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 0]));
    VECTOR.cast(a0.fma(b0, c0a)).intoArray(c, cOffset);
    VECTOR.cast(a0.fma(b1, c0b)).intoArray(c, cOffset + LANES);
    FloatVector a1 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 1]));
    VECTOR.cast(a1.fma(b0, c1a)).intoArray(c, cOffset + cStride);
    VECTOR.cast(a1.fma(b1, c1b)).intoArray(c, cOffset + cStride + LANES);
    FloatVector a2 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 2]));
    VECTOR.cast(a2.fma(b0, c2a)).intoArray(c, cOffset + 2 * cStride);
    VECTOR.cast(a2.fma(b1, c2b)).intoArray(c, cOffset + 2 * cStride + LANES);
    FloatVector a3 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 3]));
    VECTOR.cast(a3.fma(b0, c3a)).intoArray(c, cOffset + 3 * cStride);
    VECTOR.cast(a3.fma(b1, c3b)).intoArray(c, cOffset + 3 * cStride + LANES);
    FloatVector a4 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 4]));
    VECTOR.cast(a4.fma(b0, c4a)).intoArray(c, cOffset + 4 * cStride);
    VECTOR.cast(a4.fma(b1, c4b)).intoArray(c, cOffset + 4 * cStride + LANES);
    FloatVector a5 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 5]));
    VECTOR.cast(a5.fma(b0, c5a)).intoArray(c, cOffset + 5 * cStride);
    VECTOR.cast(a5.fma(b1, c5b)).intoArray(c, cOffset + 5 * cStride + LANES);
    FloatVector a6 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 6]));
    VECTOR.cast(a6.fma(b0, c6a)).intoArray(c, cOffset + 6 * cStride);
    VECTOR.cast(a6.fma(b1, c6b)).intoArray(c, cOffset + 6 * cStride + LANES);
    FloatVector a7 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 7]));
    VECTOR.cast(a7.fma(b0, c7a)).intoArray(c, cOffset + 7 * cStride);
    VECTOR.cast(a7.fma(b1, c7b)).intoArray(c, cOffset + 7 * cStride + LANES);
    FloatVector a8 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 8]));
    VECTOR.cast(a8.fma(b0, c8a)).intoArray(c, cOffset + 8 * cStride);
    VECTOR.cast(a8.fma(b1, c8b)).intoArray(c, cOffset + 8 * cStride + LANES);
    FloatVector a9 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 9]));
    VECTOR.cast(a9.fma(b0, c9a)).intoArray(c, cOffset + 9 * cStride);
    VECTOR.cast(a9.fma(b1, c9b)).intoArray(c, cOffset + 9 * cStride + LANES);
    FloatVector a10 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 10]));
    VECTOR.cast(a10.fma(b0, c10a)).intoArray(c, cOffset + 10 * cStride);
    VECTOR.cast(a10.fma(b1, c10b)).intoArray(c, cOffset + 10 * cStride + LANES);
    FloatVector a11 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 11]));
    VECTOR.cast(a11.fma(b0, c11a)).intoArray(c, cOffset + 11 * cStride);
    VECTOR.cast(a11.fma(b1, c11b)).intoArray(c, cOffset + 11 * cStride + LANES);
  }

  /** Six rows by two vectors. */
  private static void tile6(
      float[] a,
      int aOffset,
      float[] b,
      int bOffset,
      int depth,
      float[] start,
      int startOffset,
      float[] c,
      int cOffset,
      int cStride) {
    FloatVector s0 = FloatVector.fromArray(SPECIES, start, startOffset);
    FloatVector s1 = FloatVector.fromArray(SPECIES, start, startOffset + LANES);
    FloatVector c0a = s0;
    FloatVector c0b = s1;
    FloatVector c1a = s0;
    FloatVector c1b = s1;
    FloatVector c2a = s0;
    FloatVector c2b = s1;
    FloatVector c3a = s0;
    FloatVector c3b = s1;
    FloatVector c4a = s0;
    FloatVector c4b = s1;
    FloatVector c5a = s0;
    FloatVector c5b = s1;
    int last = depth - 1;
    for (int k = 0; k < last; k++) {
      int bk = bOffset + k * COLUMNS;
      int ak = aOffset + k * ROWS;
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, bk);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, bk + LANES);
      FloatVector a0 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 0]));
      c0a = a0.fma(b0, c0a);
      c0b = a0.fma(b1, c0b);
      FloatVector a1 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 1]));
      c1a = a1.fma(b0, c1a);
      c1b = a1.fma(b1, c1b);
      FloatVector a2 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 2]));
      c2a = a2.fma(b0, c2a);
      c2b = a2.fma(b1, c2b);
      FloatVector a3 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 3]));
      c3a = a3.fma(b0, c3a);
      c3b = a3.fma(b1, c3b);
      FloatVector a4 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 4]));
      c4a = a4.fma(b0, c4a);
      c4b = a4.fma(b1, c4b);
      FloatVector a5 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 5]));
      c5a = a5.fma(b0, c5a);
      c5b = a5.fma(b1, c5b);
    }
    FloatVector b0 = FloatVector.fromArray(SPECIES, b, bOffset + last * COLUMNS);
    FloatVector b1 = FloatVector.fromArray(SPECIES, b, bOffset + last * COLUMNS + LANES);
    int ak = aOffset + last * ROWS;
    FloatVector a0 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 0]));
    VECTOR.cast(a0.fma(b0, c0a)).intoArray(c, cOffset);
    VECTOR.cast(a0.fma(b1, c0b)).intoArray(c, cOffset + LANES);
    FloatVector a1 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 1]));
    VECTOR.cast(a1.fma(b0, c1a)).intoArray(c, cOffset + cStride);
    VECTOR.cast(a1.fma(b1, c1b)).intoArray(c, cOffset + cStride + LANES);
    FloatVector a2 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 2]));
    VECTOR.cast(a2.fma(b0, c2a)).intoArray(c, cOffset + 2 * cStride);
    VECTOR.cast(a2.fma(b1, c2b)).intoArray(c, cOffset + 2 * cStride + LANES);
    FloatVector a3 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 3]));
    VECTOR.cast(a3.fma(b0, c3a)).intoArray(c, cOffset + 3 * cStride);
    VECTOR.cast(a3.fma(b1, c3b)).intoArray(c, cOffset + 3 * cStride + LANES);
    FloatVector a4 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 4]));
    VECTOR.cast(a4.fma(b0, c4a)).intoArray(c, cOffset + 4 * cStride);
    VECTOR.cast(a4.fma(b1, c4b)).intoArray(c, cOffset + 4 * cStride + LANES);
    FloatVector a5 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 5]));
    VECTOR.cast(a5.fma(b0, c5a)).intoArray(c, cOffset + 5 * cStride);
    VECTOR.cast(a5.fma(b1, c5b)).intoArray(c, cOffset + 5 * cStride + LANES);
  }

  /** Eight rows by two vectors. */
  private static void accumulate8(
      float[] a,
      int aOffset,
      float[] b,
      int bOffset,
      int depth,
      float[] rescale,
      int rescaleOffset,
      float[] c,
      int cOffset,
      int cStride) {
    FloatVector f0 = VECTOR.cast(FloatVector.broadcast(SPECIES, rescale[rescaleOffset + 0]));
    FloatVector c0a = VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset)).mul(f0);
    FloatVector c0b = VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + LANES)).mul(f0);
    FloatVector f1 = VECTOR.cast(FloatVector.broadcast(SPECIES, rescale[rescaleOffset + 1]));
    FloatVector c1a = VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + cStride)).mul(f1);
    FloatVector c1b =
        VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + cStride + LANES)).mul(f1);
    FloatVector f2 = VECTOR.cast(FloatVector.broadcast(SPECIES, rescale[rescaleOffset + 2]));
    FloatVector c2a = VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + 2 * cStride)).mul(f2);
    FloatVector c2b =
        VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + 2 * cStride + LANES)).mul(f2);
    FloatVector f3 = VECTOR.cast(FloatVector.broadcast(SPECIES, rescale[rescaleOffset + 3]));
    FloatVector c3a = VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + 3 * cStride)).mul(f3);
    FloatVector c3b =
        VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + 3 * cStride + LANES)).mul(f3);
    FloatVector f4 = VECTOR.cast(FloatVector.broadcast(SPECIES, rescale[rescaleOffset + 4]));
    FloatVector c4a = VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + 4 * cStride)).mul(f4);
    FloatVector c4b =
        VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + 4 * cStride + LANES)).mul(f4);
    FloatVector f5 = VECTOR.cast(FloatVector.broadcast(SPECIES, rescale[rescaleOffset + 5]));
    FloatVector c5a = VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + 5 * cStride)).mul(f5);
    FloatVector c5b =
        VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + 5 * cStride + LANES)).mul(f5);
    FloatVector f6 = VECTOR.cast(FloatVector.broadcast(SPECIES, rescale[rescaleOffset + 6]));
    FloatVector c6a = VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + 6 * cStride)).mul(f6);
    FloatVector c6b =
        VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + 6 * cStride + LANES)).mul(f6);
    FloatVector f7 = VECTOR.cast(FloatVector.broadcast(SPECIES, rescale[rescaleOffset + 7]));
    FloatVector c7a = VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + 7 * cStride)).mul(f7);
    FloatVector c7b =
        VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + 7 * cStride + LANES)).mul(f7);
    int last = depth - 1;
    for (int k = 0; k < last; k++) {
      int bk = bOffset + k * COLUMNS;
      int ak = aOffset + k * COLUMNS;
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, bk);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, bk + LANES);
      FloatVector a0 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 0]));
      c0a = a0.fma(b0, c0a);
      c0b = a0.fma(b1, c0b);
      FloatVector a1 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 1]));
      c1a = a1.fma(b0, c1a);
      c1b = a1.fma(b1, c1b);
      FloatVector a2 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 2]));
      c2a = a2.fma(b0, c2a);
      c2b = a2.fma(b1, c2b);
      FloatVector a3 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 3]));
      c3a = a3.fma(b0, c3a);
      c3b = a3.fma(b1, c3b);
      FloatVector a4 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 4]));
      c4a = a4.fma(b0, c4a);
      c4b = a4.fma(b1, c4b);
      FloatVector a5 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 5]));
      c5a = a5.fma(b0, c5a);
      c5b = a5.fma(b1, c5b);
      FloatVector a6 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 6]));
      c6a = a6.fma(b0, c6a);
      c6b = a6.fma(b1, c6b);
      FloatVector a7 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 7]));
      c7a = a7.fma(b0, c7a);
      c7b = a7.fma(b1, c7b);
    }
    FloatVector b0 = FloatVector.fromArray(SPECIES, b, bOffset + last * COLUMNS);
    FloatVector b1 = FloatVector.fromArray(SPECIES, b, bOffset + last * COLUMNS + LANES);
    int ak = aOffset + last * COLUMNS;
    FloatVector a0 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 0]));
    VECTOR.cast(a0.fma(b0, c0a)).intoArray(c, cOffset);
    VECTOR.cast(a0.fma(b1, c0b)).intoArray(c, cOffset + LANES);
    FloatVector a1 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 1]));
    VECTOR.cast(a1.fma(b0, c1a)).intoArray(c, cOffset + cStride);
    VECTOR.cast(a1.fma(b1, c1b)).intoArray(c, cOffset + cStride + LANES);
    FloatVector a2 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 2]));
    VECTOR.cast(a2.fma(b0, c2a)).intoArray(c, cOffset + 2 * cStride);
    VECTOR.cast(a2.fma(b1, c2b)).intoArray(c, cOffset + 2 * cStride + LANES);
    FloatVector a3 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 3]));
    VECTOR.cast(a3.fma(b0, c3a)).intoArray(c, cOffset + 3 * cStride);
    VECTOR.cast(a3.fma(b1, c3b)).intoArray(c, cOffset + 3 * cStride + LANES);
    FloatVector a4 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 4]));
    VECTOR.cast(a4.fma(b0, c4a)).intoArray(c, cOffset + 4 * cStride);
    VECTOR.cast(a4.fma(b1, c4b)).intoArray(c, cOffset + 4 * cStride + LANES);
    FloatVector a5 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 5]));
    VECTOR.cast(a5.fma(b0, c5a)).intoArray(c, cOffset + 5 * cStride);
    VECTOR.cast(a5.fma(b1, c5b)).intoArray(c, cOffset + 5 * cStride + LANES);
    FloatVector a6 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 6]));
    VECTOR.cast(a6.fma(b0, c6a)).intoArray(c, cOffset + 6 * cStride);
    VECTOR.cast(a6.fma(b1, c6b)).intoArray(c, cOffset + 6 * cStride + LANES);
    FloatVector a7 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 7]));
    VECTOR.cast(a7.fma(b0, c7a)).intoArray(c, cOffset + 7 * cStride);
    VECTOR.cast(a7.fma(b1, c7b)).intoArray(c, cOffset + 7 * cStride + LANES);
  }

  /** Four rows by two vectors. */
  private static void accumulate4(
      float[] a,
      int aOffset,
      float[] b,
      int bOffset,
      int depth,
      float[] rescale,
      int rescaleOffset,
      float[] c,
      int cOffset,
      int cStride) {
    FloatVector f0 = VECTOR.cast(FloatVector.broadcast(SPECIES, rescale[rescaleOffset + 0]));
    FloatVector c0a = VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset)).mul(f0);
    FloatVector c0b = VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + LANES)).mul(f0);
    FloatVector f1 = VECTOR.cast(FloatVector.broadcast(SPECIES, rescale[rescaleOffset + 1]));
    FloatVector c1a = VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + cStride)).mul(f1);
    FloatVector c1b =
        VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + cStride + LANES)).mul(f1);
    FloatVector f2 = VECTOR.cast(FloatVector.broadcast(SPECIES, rescale[rescaleOffset + 2]));
    FloatVector c2a = VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + 2 * cStride)).mul(f2);
    FloatVector c2b =
        VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + 2 * cStride + LANES)).mul(f2);
    FloatVector f3 = VECTOR.cast(FloatVector.broadcast(SPECIES, rescale[rescaleOffset + 3]));
    FloatVector c3a = VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + 3 * cStride)).mul(f3);
    FloatVector c3b =
        VECTOR.cast(FloatVector.fromArray(SPECIES, c, cOffset + 3 * cStride + LANES)).mul(f3);
    int last = depth - 1;
    for (int k = 0; k < last; k++) {
      int bk = bOffset + k * COLUMNS;
      int ak = aOffset + k * COLUMNS;
      FloatVector b0 = FloatVector.fromArray(SPECIES, b, bk);
      FloatVector b1 = FloatVector.fromArray(SPECIES, b, bk + LANES);
      FloatVector a0 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 0]));
      c0a = a0.fma(b0, c0a);
      c0b = a0.fma(b1, c0b);
      FloatVector a1 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 1]));
      c1a = a1.fma(b0, c1a);
      c1b = a1.fma(b1, c1b);
      FloatVector a2 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 2]));
      c2a = a2.fma(b0, c2a);
      c2b = a2.fma(b1, c2b);
      FloatVector a3 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 3]));
      c3a = a3.fma(b0, c3a);
      c3b = a3.fma(b1, c3b);
    }
    FloatVector b0 = FloatVector.fromArray(SPECIES, b, bOffset + last * COLUMNS);
    FloatVector b1 = FloatVector.fromArray(SPECIES, b, bOffset + last * COLUMNS + LANES);
    int ak = aOffset + last * COLUMNS;
    FloatVector a0 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 0]));
    VECTOR.cast(a0.fma(b0, c0a)).intoArray(c, cOffset);
    VECTOR.cast(a0.fma(b1, c0b)).intoArray(c, cOffset + LANES);
    FloatVector a1 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 1]));
    VECTOR.cast(a1.fma(b0, c1a)).intoArray(c, cOffset + cStride);
    VECTOR.cast(a1.fma(b1, c1b)).intoArray(c, cOffset + cStride + LANES);
    FloatVector a2 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 2]));
    VECTOR.cast(a2.fma(b0, c2a)).intoArray(c, cOffset + 2 * cStride);
    VECTOR.cast(a2.fma(b1, c2b)).intoArray(c, cOffset + 2 * cStride + LANES);
    FloatVector a3 = VECTOR.cast(FloatVector.broadcast(SPECIES, a[ak + 3]));
    VECTOR.cast(a3.fma(b0, c3a)).intoArray(c, cOffset + 3 * cStride);
    VECTOR.cast(a3.fma(b1, c3b)).intoArray(c, cOffset + 3 * cStride + LANES);
  }
}
