package io.github.sparkattention.internal.stages;

import java.io.Serializable;
import java.util.Arrays;

/**
 * The position encoding of "Attention Is All You Need": element 2i of position p is sin(p /
 * 10000^(2i / width)), element 2i + 1 its cosine. Rows are computed when first asked for and then
 * kept.
 */
public final class SinusoidalPositions implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int width;
  private transient volatile float[][] rows;

  public SinusoidalPositions(int width) {
    this.width = width;
  }

  /** Adds the encodings of positions 0, 1, ... to a sequence of vectors, in place. */
  void addTo(float[][] sequence) {
    float[][] table = atLeast(sequence.length);
    for (int position = 0; position < sequence.length; position++) {
      float[] token = sequence[position];
      float[] row = table[position];
      for (int i = 0; i < width; i++) {
        token[i] += row[i];
      }
    }
  }

  private float[][] atLeast(int length) {
    float[][] table = rows;
    if (table != null && table.length >= length) {
      return table;
    }
    synchronized (this) {
      int known = rows == null ? 0 : rows.length;
      if (known < length) {
        // Half as much again, so that ever longer sequences don't copy the table each time.
        float[][] longer =
            known == 0 ? new float[length][] : Arrays.copyOf(rows, Math.max(length, known * 3 / 2));
        for (int position = known; position < longer.length; position++) {
          longer[position] = encode(position);
        }
        rows = longer;
      }
      return rows;
    }
  }

  /** In StrictMath, since a retry in another JVM has to give the same bits. */
  private float[] encode(int position) {
    float[] row = new float[width];
    for (int i = 0; i < width; i++) {
      double angle = position / StrictMath.pow(10000, (double) (i - i % 2) / width);
      row[i] = (float) (i % 2 == 0 ? StrictMath.sin(angle) : StrictMath.cos(angle));
    }
    return row;
  }
}
