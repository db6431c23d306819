package io.github.sparkattention.internal.results;

import io.github.sparkattention.internal.forms.StructFields;

/** Writes results that have something for each token. */
final class TokenWriters {
  private TokenWriters() {}

  /** Writes vectors as {@code array<array<float>>}. */
  record Arrays(int output, int width) implements ResultWriter.Placed {

    @Override
    public long bytes(long length) {
      return ResultBuffer.matrixBytes(length, width);
    }

    @Override
    public int write(ResultBuffer out, int start, BatchResults batch, int sequence) {
      return out.matrix(
          start,
          batch.values(output),
          batch.offset(output, sequence),
          batch.length(sequence),
          width);
    }
  }

  /** Writes vectors as {@code array<float>}, one token after another. */
  record Flat(int output, int width) implements ResultWriter.Placed {

    @Override
    public long bytes(long length) {
      return ResultBuffer.floatBytes(length * width);
    }

    @Override
    public int write(ResultBuffer out, int start, BatchResults batch, int sequence) {
      int count = batch.length(sequence) * width;
      return out.floats(start, batch.values(output), batch.offset(output, sequence), count);
    }
  }

  /** Writes vectors as {@code array<vector>}, each dense. */
  record Vectors(int output, int width) implements ResultWriter.Placed {

    @Override
    public long bytes(long length) {
      return ResultBuffer.arrayBytes(length, ResultBuffer.vectorBytes(width));
    }

    @Override
    public int write(ResultBuffer out, int start, BatchResults batch, int sequence) {
      int length = batch.length(sequence);
      int first = batch.offset(output, sequence);
      int at = out.array(start, length);
      for (int token = 0; token < length; token++) {
        int values = out.vector(at);
        int end = out.doubles(values, batch.values(output), first + token * width, width);
        out.setField(at, StructFields.Vector.COUNT, StructFields.Vector.VALUES, values, end);
        out.setElement(start, length, token, at, end);
        at = end;
      }
      return at;
    }
  }

  /** Writes vectors as the rows of Spark's dense {@code matrix}. */
  record Matrix(int output, int width) implements ResultWriter.Placed {

    @Override
    public long bytes(long length) {
      return ResultBuffer.structBytes(StructFields.Matrix.COUNT)
          + ResultBuffer.doubleBytes(length * width);
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
      out.setInt(start, StructFields.Matrix.COUNT, StructFields.Matrix.COLUMNS, width);
      out.setByte(start, StructFields.Matrix.COUNT, StructFields.Matrix.TRANSPOSED, (byte) 1);
      int end =
          out.doubles(values, batch.values(output), batch.offset(output, sequence), length * width);
      out.setField(start, StructFields.Matrix.COUNT, StructFields.Matrix.VALUES, values, end);
      return end;
    }
  }

  /** Writes log-sum-exps as {@code array<array<float>>}, heads x n. */
  record LogSumExp(int output, int heads) implements ResultWriter.Placed {

    @Override
    public long bytes(long length) {
      return ResultBuffer.matrixBytes(heads, length);
    }

    @Override
    public int write(ResultBuffer out, int start, BatchResults batch, int sequence) {
      return out.matrix(
          start,
          batch.values(output),
          batch.offset(output, sequence),
          heads,
          batch.length(sequence));
    }
  }

  /** Writes attention weights as {@code array<array<array<float>>>}, heads x n x n. */
  record AttentionWeights(int output, int heads) implements ResultWriter.Placed {

    @Override
    public long bytes(long length) {
      return ResultBuffer.arrayBytes(heads, ResultBuffer.matrixBytes(length, length));
    }

    @Override
    public int write(ResultBuffer out, int start, BatchResults batch, int sequence) {
      int length = batch.length(sequence);
      int first = batch.offset(output, sequence);
      int at = out.array(start, heads);
      for (int head = 0; head < heads; head++) {
        int from = first + head * length * length;
        int end = out.matrix(at, batch.values(output), from, length, length);
        out.setElement(start, heads, head, at, end);
        at = end;
      }
      return at;
    }
  }
}
