package io.github.sparkattention.sql;

import io.github.sparkattention.kernels.AttentionConfig;

/** Writes context vectors as {@code array<vector>}, each dense. */
record ContextVectors(AttentionConfig config) implements ResultWriter {

  @Override
  public long bytes(long length) {
    return ResultBuffer.arrayBytes(length, ResultBuffer.vectorBytes(config.dOut()));
  }

  @Override
  public int write(ResultBuffer out, int start, SequenceBatch batch, int sequence) {
    int length = batch.length(sequence);
    int at = out.array(start, length);
    for (int token = 0; token < length; token++) {
      int from = batch.contextOffset(sequence) + token * config.dOut();
      int values = out.vector(at);
      int end = out.doubles(values, batch.context(), from, config.dOut());
      out.setField(at, VectorFields.COUNT, VectorFields.VALUES, values, end);
      out.setElement(start, length, token, at, end);
      at = end;
    }
    return at;
  }
}
