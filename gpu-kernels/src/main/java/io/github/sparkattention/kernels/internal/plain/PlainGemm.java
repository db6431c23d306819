package io.github.sparkattention.kernels.internal.plain;

/**
 * The product that all three steps of attention are made of: rows += a · b, each element summed
 * over k in ascending order by fused multiply-adds, starting from what the row holds.
 *
 * <p>Written so that the JIT's loop vectorizer takes it: it gives up when one loop reads an array
 * at several offsets, so that each row of b and each result row is an array of its own. Four rows
 * by two steps of k is what registers and loads allow.
 */
final class PlainGemm {
  /** Rows that go through together. */
  static final int ROWS = 4;

  private PlainGemm() {}

  /**
   * Adds a · b to the rows.
   *
   * @param a values of a; row r starts at {@code aOffset + r · aStride}
   * @param numRows number of rows, at most {@link #ROWS}
   * @param b [depth][at least n]
   * @param depth number of products per element
   * @param rows the results, from {@code firstRow} on, each at least n long
   * @param n number of columns
   */
  static void accumulate(
      float[] a,
      int aOffset,
      int aStride,
      int numRows,
      float[][] b,
      int depth,
      float[][] rows,
      int firstRow,
      int n) {
    if (numRows == ROWS) {
      fourRows(a, aOffset, aStride, b, depth, rows, firstRow, n);
    } else {
      for (int r = 0; r < numRows; r++) {
        oneRow(a, aOffset + r * aStride, b, depth, rows[firstRow + r], n);
      }
    }
  }

  private static void fourRows(
      float[] a, int a0, int stride, float[][] b, int depth, float[][] rows, int first, int n) {
    float[] r0 = rows[first];
    float[] r1 = rows[first + 1];
    float[] r2 = rows[first + 2];
    float[] r3 = rows[first + 3];
    int a1 = a0 + stride;
    int a2 = a1 + stride;
    int a3 = a2 + stride;
    int k = 0;
    for (; k + 1 < depth; k += 2) {
      twoByFour(
          a[a0 + k],
          a[a0 + k + 1],
          a[a1 + k],
          a[a1 + k + 1],
          a[a2 + k],
          a[a2 + k + 1],
          a[a3 + k],
          a[a3 + k + 1],
          b[k],
          b[k + 1],
          r0,
          r1,
          r2,
          r3,
          n);
    }
    if (k < depth) {
      multiplyAdd(a[a0 + k], b[k], r0, n);
      multiplyAdd(a[a1 + k], b[k], r1, n);
      multiplyAdd(a[a2 + k], b[k], r2, n);
      multiplyAdd(a[a3 + k], b[k], r3, n);
    }
  }

  private static void oneRow(float[] a, int a0, float[][] b, int depth, float[] row, int n) {
    int k = 0;
    for (; k + 3 < depth; k += 4) {
      fourSteps(
          a[a0 + k],
          a[a0 + k + 1],
          a[a0 + k + 2],
          a[a0 + k + 3],
          b[k],
          b[k + 1],
          b[k + 2],
          b[k + 3],
          row,
          n);
    }
    for (; k < depth; k++) {
      multiplyAdd(a[a0 + k], b[k], row, n);
    }
  }

  private static void twoByFour(
      float a00,
      float a01,
      float a10,
      float a11,
      float a20,
      float a21,
      float a30,
      float a31,
      float[] b0,
      float[] b1,
      float[] r0,
      float[] r1,
      float[] r2,
      float[] r3,
      int n) {
    for (int c = 0; c < n; c++) {
      float x = b0[c];
      float y = b1[c];
      r0[c] = Math.fma(a01, y, Math.fma(a00, x, r0[c]));
      r1[c] = Math.fma(a11, y, Math.fma(a10, x, r1[c]));
      r2[c] = Math.fma(a21, y, Math.fma(a20, x, r2[c]));
      r3[c] = Math.fma(a31, y, Math.fma(a30, x, r3[c]));
    }
  }

  private static void fourSteps(
      float a0,
      float a1,
      float a2,
      float a3,
      float[] b0,
      float[] b1,
      float[] b2,
      float[] b3,
      float[] row,
      int n) {
    for (int c = 0; c < n; c++) {
      float sum = Math.fma(a1, b1[c], Math.fma(a0, b0[c], row[c]));
      row[c] = Math.fma(a3, b3[c], Math.fma(a2, b2[c], sum));
    }
  }

  private static void multiplyAdd(float a, float[] b, float[] row, int n) {
    for (int c = 0; c < n; c++) {
      row[c] = Math.fma(a, b[c], row[c]);
    }
  }
}
