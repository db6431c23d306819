package io.github.sparkattention.sql;

import io.github.sparkattention.kernels.AttentionConfig;

/** Writes context vectors as the rows of Spark's dense {@code matrix}. */
record ContextMatrix(AttentionConfig config) implements ResultWriter {

  @Override
  public long bytes(long length) {
    return ResultBuffer.structBytes(MatrixFields.COUNT)
        + ResultBuffer.doubleBytes(length * config.dOut());
  }

  @Override
  public int write(ResultBuffer out, int start, SequenceBatch batch, int sequence) {
    int length = batch.length(sequence);
    int values =
        out.struct(
            start, MatrixFields.COUNT, 1L << MatrixFields.STARTS | 1L << MatrixFields.INDICES);
    out.setByte(start, MatrixFields.COUNT, MatrixFields.TYPE, MatrixFields.DENSE);
    out.setInt(start, MatrixFields.COUNT, MatrixFields.ROWS, length);
    out.setInt(start, MatrixFields.COUNT, MatrixFields.COLUMNS, config.dOut());
    out.setByte(start, MatrixFields.COUNT, MatrixFields.TRANSPOSED, (byte) 1);
    int end =
        out.doubles(values, batch.context(), batch.contextOffset(sequence), length * config.dOut());
    out.setField(start, MatrixFields.COUNT, MatrixFields.VALUES, values, end);
    return end;
  }
}
