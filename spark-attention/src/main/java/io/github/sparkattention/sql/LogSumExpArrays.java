package io.github.sparkattention.sql;

import io.github.sparkattention.kernels.AttentionConfig;

/** Writes log-sum-exps as {@code array<array<float>>}, heads x n. */
record LogSumExpArrays(AttentionConfig config) implements ResultWriter {

  @Override
  public long bytes(long length) {
    return ResultBuffer.matrixBytes(config.numHeads(), length);
  }

  @Override
  public int write(ResultBuffer out, int start, SequenceBatch batch, int sequence) {
    return out.matrix(
        start,
        batch.logSumExp(),
        batch.logSumExpOffset(sequence),
        config.numHeads(),
        batch.length(sequence));
  }
}
