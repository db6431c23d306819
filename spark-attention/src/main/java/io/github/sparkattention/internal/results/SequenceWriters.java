package io.github.sparkattention.internal.results;

import io.github.sparkattention.internal.forms.StructFields;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/** Writes results that are one for each sequence, or follow from its ids. */
final class SequenceWriters {
  private SequenceWriters() {}

  /** Writes a sequence's context vectors, pooled, as one dense {@code vector}. */
  static final class PooledContext implements ResultWriter.Placed {
    private final Pooling pooling;
    private final int output;
    private final double[] pooled;

    PooledContext(Pooling pooling, int output, int width) {
      this.pooling = pooling;
      this.output = output;
      this.pooled = new double[width];
    }

    @Override
    public long bytes(long length) {
      return ResultBuffer.vectorBytes(pooled.length);
    }

    @Override
    public int write(ResultBuffer out, int start, BatchResults batch, int sequence) {
      pooling.pool(
          batch.values(output), batch.offset(output, sequence), batch.length(sequence), pooled);
      int values = out.vector(start);
      int end = out.doubles(values, pooled);
      out.setField(start, StructFields.Vector.COUNT, StructFields.Vector.VALUES, values, end);
      return end;
    }
  }

  /** Writes a sequence's vectors, pooled and rounded, as one dense {@code vector}. */
  record Embedding(
      io.github.sparkattention.kernels.Pooling pooling, boolean normalize, int output, int width)
      implements ResultWriter.Placed {

    @Override
    public long bytes(long length) {
      return ResultBuffer.vectorBytes(width);
    }

    @Override
    public int write(ResultBuffer out, int start, BatchResults batch, int sequence) {
      int length = batch.length(sequence);
      float[] pooled =
          length == 0
              ? new float[width]
              : pooling.pool(
                  batch.values(output), batch.offset(output, sequence), length, width, normalize);
      int values = out.vector(start);
      int end = out.doubles(values, pooled, 0, width);
      out.setField(start, StructFields.Vector.COUNT, StructFields.Vector.VALUES, values, end);
      return end;
    }
  }

  /** The number of ids after the first. */
  private static int scored(int length) {
    return Math.max(0, length - 1);
  }

  /** The sum of the logarithms, in double, in the order of the ids. */
  private static double sum(BatchResults batch, int output, int sequence) {
    float[] values = batch.values(output);
    int from = batch.offset(output, sequence);
    double sum = 0;
    for (int i = 0; i < scored(batch.length(sequence)); i++) {
      sum += values[from + i];
    }
    return sum;
  }

  /** Writes the logarithms of the ids' probabilities as {@code array<float>}. */
  record LogProbabilities(int output) implements ResultWriter.Placed {

    @Override
    public long bytes(long length) {
      return ResultBuffer.floatBytes(Math.max(0, length - 1));
    }

    @Override
    public int write(ResultBuffer out, int start, BatchResults batch, int sequence) {
      return out.floats(
          start,
          batch.values(output),
          batch.offset(output, sequence),
          scored(batch.length(sequence)));
    }
  }

  /** Writes the sum of the logarithms as {@code double}. */
  record LogProbability(int output) implements ResultWriter {

    @Override
    public long bytes(long length) {
      return 0;
    }

    @Override
    public int put(
        UnsafeRow row, int field, ResultBuffer out, int start, BatchResults batch, int sequence) {
      row.setDouble(field, sum(batch, output, sequence));
      return start;
    }
  }

  /** Writes exp of minus the mean of the logarithms as {@code double}, or null. */
  record Perplexity(int output) implements ResultWriter {

    @Override
    public long bytes(long length) {
      return 0;
    }

    @Override
    public int put(
        UnsafeRow row, int field, ResultBuffer out, int start, BatchResults batch, int sequence) {
      int count = scored(batch.length(sequence));
      if (count == 0) {
        row.setNullAt(field);
      } else {
        // The strict one, which has the same bits on every JVM.
        row.setDouble(field, StrictMath.exp(-sum(batch, output, sequence) / count));
      }
      return start;
    }
  }

  /** Writes the most probable ids as {@code array<struct<id:int,probability:float>>}. */
  record NextTokens(int ids, int logProbabilities, int top) implements ResultWriter.Placed {
    private static final int FIELDS = 2;

    @Override
    public long bytes(long length) {
      return ResultBuffer.arrayBytes(length == 0 ? 0 : top, ResultBuffer.structBytes(FIELDS));
    }

    @Override
    public int write(ResultBuffer out, int start, BatchResults batch, int sequence) {
      int count = batch.length(sequence) == 0 ? 0 : top;
      int at = out.array(start, count);
      for (int i = 0; i < count; i++) {
        float id = batch.values(ids)[batch.offset(ids, sequence) + i];
        float logProbability =
            batch.values(logProbabilities)[batch.offset(logProbabilities, sequence) + i];
        int end = out.struct(at, FIELDS, 0);
        out.setInt(at, FIELDS, 0, (int) id);
        out.setFloat(at, FIELDS, 1, (float) StrictMath.exp(logProbability));
        out.setElement(start, count, i, at, end);
        at = end;
      }
      return at;
    }
  }
}
