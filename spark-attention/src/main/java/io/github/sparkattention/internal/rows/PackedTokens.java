package io.github.sparkattention.internal.rows;

import io.github.sparkattention.internal.batches.BatchSizes;
import io.github.sparkattention.internal.forms.RowDecoder;
import io.github.sparkattention.kernels.PackedSequences;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/**
 * The tokens of a batch's sequences, one after another, in an array that serves one batch after
 * another.
 */
interface PackedTokens {
  /**
   * Makes room; what was packed is lost.
   *
   * @param total number of tokens of all sequences
   */
  void reserve(long total);

  /**
   * Packs a row's sequence.
   *
   * @param row a row whose header is right
   * @param firstToken where it goes, in tokens
   * @return what is wrong, or null if nothing is
   */
  String pack(UnsafeRow row, int firstToken);

  /** What was packed, over this array. */
  PackedSequences sequences(int[] offsets, int count);

  /** Token embeddings. */
  final class Embeddings implements PackedTokens {
    private final RowDecoder<float[]> decoder;
    private final int width;
    private final BatchSizes sizes;
    private float[] tokens = {};

    Embeddings(RowDecoder<float[]> decoder, int width, BatchSizes sizes) {
      this.decoder = decoder;
      this.width = width;
      this.sizes = sizes;
    }

    @Override
    public void reserve(long total) {
      int length = sizes.tokensLength(tokens.length, total, width);
      tokens = length <= tokens.length ? tokens : new float[length];
    }

    @Override
    public String pack(UnsafeRow row, int firstToken) {
      return decoder.decode(row, tokens, firstToken);
    }

    @Override
    public PackedSequences sequences(int[] offsets, int count) {
      return PackedSequences.of(tokens, width, offsets, count);
    }
  }

  /** Ids. */
  final class Ids implements PackedTokens {
    private final RowDecoder<int[]> decoder;
    private final BatchSizes sizes;
    private int[] ids = {};

    Ids(RowDecoder<int[]> decoder, BatchSizes sizes) {
      this.decoder = decoder;
      this.sizes = sizes;
    }

    @Override
    public void reserve(long total) {
      int length = sizes.tokensLength(ids.length, total, 1);
      ids = length <= ids.length ? ids : new int[length];
    }

    @Override
    public String pack(UnsafeRow row, int firstToken) {
      return decoder.decode(row, ids, firstToken);
    }

    @Override
    public PackedSequences sequences(int[] offsets, int count) {
      return PackedSequences.ofIds(ids, offsets, count);
    }
  }
}
