package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;

/** Compares rows by the measure of the contract: relative to the largest magnitude in the row. */
public final class Rows {
  private Rows() {}

  public static void assertClose(float[] actual, float[] expected, int width, double relative) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int row = 0; row < expected.length / width; row++) {
      double largest = 0;
      for (int i = row * width; i < (row + 1) * width; i++) {
        largest = Math.max(largest, Math.abs(expected[i]));
      }
      for (int i = row * width; i < (row + 1) * width; i++) {
        assertThat(Math.abs((double) actual[i] - expected[i]))
            .as("row %d, column %d: %s instead of %s", row, i % width, actual[i], expected[i])
            .isLessThanOrEqualTo(relative * largest);
      }
    }
  }
}
