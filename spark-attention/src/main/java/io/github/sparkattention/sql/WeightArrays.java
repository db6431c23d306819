package io.github.sparkattention.sql;

import io.github.sparkattention.kernels.AttentionConfig;

/** Writes attention weights as {@code array<array<array<float>>>}, heads x n x n. */
record WeightArrays(AttentionConfig config) implements ResultWriter {

  @Override
  public long bytes(long length) {
    return ResultBuffer.arrayBytes(config.numHeads(), ResultBuffer.matrixBytes(length, length));
  }

  @Override
  public int write(ResultBuffer out, int start, SequenceBatch batch, int sequence) {
    int heads = config.numHeads();
    int length = batch.length(sequence);
    int at = out.array(start, heads);
    for (int head = 0; head < heads; head++) {
      int from = batch.weightOffset(sequence) + head * length * length;
      int end = out.matrix(at, batch.weights(), from, length, length);
      out.setElement(start, heads, head, at, end);
      at = end;
    }
    return at;
  }
}
