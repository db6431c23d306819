package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.PackedSequences;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sequences padded to the longest among them, as peers that compute rectangles only get them.
 *
 * @param rows the sequences, by their index in the batch
 * @param tokens the padded length
 */
record Bucket(List<Integer> rows, int tokens) {
  private static final int ROWS = 32;

  /** One bucket for a batch without ragged edges, else buckets of 32 sequences of like length. */
  static List<Bucket> of(PackedSequences sequences) {
    boolean ragged =
        IntStream.range(0, sequences.count()).map(sequences::length).distinct().count() > 1;
    return sorted(sequences, ragged ? ROWS : sequences.count());
  }

  /** Buckets of so many sequences of like length. */
  static List<Bucket> sorted(PackedSequences sequences, int rows) {
    List<Integer> byLength =
        IntStream.range(0, sequences.count())
            .boxed()
            .sorted(Comparator.comparingInt(sequences::length))
            .toList();
    return cut(sequences, byLength, rows);
  }

  /** Buckets of so many sequences, as they come. */
  static List<Bucket> inOrder(PackedSequences sequences, int rows) {
    return cut(sequences, IntStream.range(0, sequences.count()).boxed().toList(), rows);
  }

  private static List<Bucket> cut(PackedSequences sequences, List<Integer> order, int rows) {
    List<Bucket> buckets = new ArrayList<>();
    for (int first = 0; first < order.size(); first += rows) {
      List<Integer> some = order.subList(first, Math.min(order.size(), first + rows));
      int tokens = some.stream().mapToInt(sequences::length).max().orElse(0);
      buckets.add(new Bucket(some, tokens));
    }
    return buckets;
  }

  /** Its ids, 0 where there is padding, and 1 in the mask where there is none. */
  void padIds(PackedSequences sequences, long[] ids, long[] mask) {
    for (int i = 0; i < rows.size(); i++) {
      int row = rows.get(i);
      for (int t = 0; t < sequences.length(row); t++) {
        ids[i * tokens + t] = sequences.id(sequences.offset(row) + t);
        mask[i * tokens + t] = 1;
      }
    }
  }

  /** The shape of its tokens, or of its context. */
  long[] shape(int width) {
    return new long[] {rows.size(), tokens, width};
  }

  /** Its tokens with zeros as padding, in native memory. */
  FloatBuffer pad(PackedSequences sequences) {
    FloatBuffer padded = floats(rows.size() * tokens * sequences.width());
    copyInto(padded, sequences);
    return padded;
  }

  /** Its tokens with zeros as padding, as sequences of equal length. */
  PackedSequences padAsSequences(PackedSequences sequences) {
    float[] padded = new float[rows.size() * tokens * sequences.width()];
    copyInto(FloatBuffer.wrap(padded), sequences);
    int[] offsets = IntStream.rangeClosed(0, rows.size()).map(row -> row * tokens).toArray();
    return PackedSequences.of(padded, sequences.width(), offsets, rows.size());
  }

  private void copyInto(FloatBuffer padded, PackedSequences sequences) {
    int width = sequences.width();
    for (int i = 0; i < rows.size(); i++) {
      int row = rows.get(i);
      padded.put(
          i * tokens * width,
          sequences.tokens(),
          sequences.offset(row) * width,
          sequences.length(row) * width);
    }
  }

  /** Copies what is no padding from a padded context into a packed one. */
  void unpad(FloatBuffer padded, PackedSequences sequences, int width, float[] context) {
    for (int i = 0; i < rows.size(); i++) {
      int row = rows.get(i);
      padded.get(
          i * tokens * width,
          context,
          sequences.offset(row) * width,
          sequences.length(row) * width);
    }
  }

  /** Values in native memory, where peers read them without a copy. */
  static FloatBuffer copyOf(float[] values) {
    return floats(values.length).put(values).flip();
  }

  private static FloatBuffer floats(int length) {
    return ByteBuffer.allocateDirect(length * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }
}
