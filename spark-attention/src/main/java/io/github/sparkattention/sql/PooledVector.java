package io.github.sparkattention.sql;

import io.github.sparkattention.kernels.AttentionConfig;

/** Writes a sequence's context vectors, pooled, as one dense {@code vector}. */
final class PooledVector implements ResultWriter {
  private final AttentionConfig config;
  private final Pooling pooling;
  private final double[] pooled;

  PooledVector(AttentionConfig config, Pooling pooling) {
    this.config = config;
    this.pooling = pooling;
    this.pooled = new double[config.dOut()];
  }

  @Override
  public long bytes(long length) {
    return ResultBuffer.vectorBytes(config.dOut());
  }

  @Override
  public int write(ResultBuffer out, int start, SequenceBatch batch, int sequence) {
    pooling.pool(batch.context(), batch.contextOffset(sequence), batch.length(sequence), pooled);
    int values = out.vector(start);
    int end = out.doubles(values, pooled);
    out.setField(start, VectorFields.COUNT, VectorFields.VALUES, values, end);
    return end;
  }
}
