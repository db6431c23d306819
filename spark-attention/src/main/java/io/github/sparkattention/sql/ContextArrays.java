package io.github.sparkattention.sql;

import io.github.sparkattention.kernels.AttentionConfig;

/** Writes context vectors as {@code array<array<float>>}. */
record ContextArrays(AttentionConfig config) implements ResultWriter {

  @Override
  public long bytes(long length) {
    return ResultBuffer.matrixBytes(length, config.dOut());
  }

  @Override
  public int write(ResultBuffer out, int start, SequenceBatch batch, int sequence) {
    return out.matrix(
        start,
        batch.context(),
        batch.contextOffset(sequence),
        batch.length(sequence),
        config.dOut());
  }
}
