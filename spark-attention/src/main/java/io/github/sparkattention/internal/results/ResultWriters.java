package io.github.sparkattention.internal.results;

import io.github.sparkattention.internal.forms.StructFields;
import io.github.sparkattention.kernels.AttentionConfig;

/** Writes each kind of result in the format of Spark's rows. */
final class ResultWriters {
  private ResultWriters() {}

  /** Writes context vectors as {@code array<array<float>>}. */
  record ContextArrays(AttentionConfig config) implements ResultWriter {

    @Override
    public long bytes(long length) {
      return ResultBuffer.matrixBytes(length, config.dOut());
    }

    @Override
    public int write(ResultBuffer out, int start, BatchResults batch, int sequence) {
      return out.matrix(
          start,
          batch.context(),
          batch.contextOffset(sequence),
          batch.length(sequence),
          config.dOut());
    }
  }

  /** Writes context vectors as {@code array<float>}, one token after another. */
  record ContextFlat(AttentionConfig config) implements ResultWriter {

    @Override
    public long bytes(long length) {
      return ResultBuffer.floatBytes(length * config.dOut());
    }

    @Override
    public int write(ResultBuffer out, int start, BatchResults batch, int sequence) {
      int count = batch.length(sequence) * config.dOut();
      return out.floats(start, batch.context(), batch.contextOffset(sequence), count);
    }
  }

  /** Writes context vectors as {@code array<vector>}, each dense. */
  record ContextVectors(AttentionConfig config) implements ResultWriter {

    @Override
    public long bytes(long length) {
      return ResultBuffer.arrayBytes(length, ResultBuffer.vectorBytes(config.dOut()));
    }

    @Override
    public int write(ResultBuffer out, int start, BatchResults batch, int sequence) {
      int length = batch.length(sequence);
      int at = out.array(start, length);
      for (int token = 0; token < length; token++) {
        int from = batch.contextOffset(sequence) + token * config.dOut();
        int values = out.vector(at);
        int end = out.doubles(values, batch.context(), from, config.dOut());
        out.setField(at, StructFields.Vector.COUNT, StructFields.Vector.VALUES, values, end);
        out.setElement(start, length, token, at, end);
        at = end;
      }
      return at;
    }
  }

  /** Writes context vectors as the rows of Spark's dense {@code matrix}. */
  record ContextMatrix(AttentionConfig config) implements ResultWriter {

    @Override
    public long bytes(long length) {
      return ResultBuffer.structBytes(StructFields.Matrix.COUNT)
          + ResultBuffer.doubleBytes(length * config.dOut());
    }

    @Override
    public int write(ResultBuffer out, int start, BatchResults batch, int sequence) {
      int length = batch.length(sequence);
      int values =
          out.struct(
              start,
              StructFields.Matrix.COUNT,
              1L << StructFields.Matrix.STARTS | 1L << StructFields.Matrix.INDICES);
      out.setByte(
          start, StructFields.Matrix.COUNT, StructFields.Matrix.TYPE, StructFields.Matrix.DENSE);
      out.setInt(start, StructFields.Matrix.COUNT, StructFields.Matrix.ROWS, length);
      out.setInt(start, StructFields.Matrix.COUNT, StructFields.Matrix.COLUMNS, config.dOut());
      out.setByte(start, StructFields.Matrix.COUNT, StructFields.Matrix.TRANSPOSED, (byte) 1);
      int end =
          out.doubles(
              values, batch.context(), batch.contextOffset(sequence), length * config.dOut());
      out.setField(start, StructFields.Matrix.COUNT, StructFields.Matrix.VALUES, values, end);
      return end;
    }
  }

  /** Writes a sequence's context vectors, pooled, as one dense {@code vector}. */
  static final class PooledVector implements ResultWriter {
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
    public int write(ResultBuffer out, int start, BatchResults batch, int sequence) {
      pooling.pool(batch.context(), batch.contextOffset(sequence), batch.length(sequence), pooled);
      int values = out.vector(start);
      int end = out.doubles(values, pooled);
      out.setField(start, StructFields.Vector.COUNT, StructFields.Vector.VALUES, values, end);
      return end;
    }
  }

  /** Writes log-sum-exps as {@code array<array<float>>}, heads x n. */
  record LogSumExpArrays(AttentionConfig config) implements ResultWriter {

    @Override
    public long bytes(long length) {
      return ResultBuffer.matrixBytes(config.numHeads(), length);
    }

    @Override
    public int write(ResultBuffer out, int start, BatchResults batch, int sequence) {
      return out.matrix(
          start,
          batch.logSumExp(),
          batch.logSumExpOffset(sequence),
          config.numHeads(),
          batch.length(sequence));
    }
  }

  /** Writes attention weights as {@code array<array<array<float>>>}, heads x n x n. */
  record WeightArrays(AttentionConfig config) implements ResultWriter {

    @Override
    public long bytes(long length) {
      return ResultBuffer.arrayBytes(config.numHeads(), ResultBuffer.matrixBytes(length, length));
    }

    @Override
    public int write(ResultBuffer out, int start, BatchResults batch, int sequence) {
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
}
