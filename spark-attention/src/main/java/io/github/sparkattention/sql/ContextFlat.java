package io.github.sparkattention.sql;

import io.github.sparkattention.kernels.AttentionConfig;

/** Writes context vectors as {@code array<float>}, one token after another. */
record ContextFlat(AttentionConfig config) implements ResultWriter {

  @Override
  public long bytes(long length) {
    return ResultBuffer.floatBytes(length * config.dOut());
  }

  @Override
  public int write(ResultBuffer out, int start, SequenceBatch batch, int sequence) {
    int count = batch.length(sequence) * config.dOut();
    return out.floats(start, batch.context(), batch.contextOffset(sequence), count);
  }
}
