package io.github.sparkattention.internal.rows;

import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.results.ResultBuffer;
import io.github.sparkattention.internal.results.ResultWriter;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.expressions.codegen.GenerateUnsafeRowJoiner;
import org.apache.spark.sql.catalyst.expressions.codegen.UnsafeRowJoiner;

/**
 * Writes results behind the columns of their row: no value becomes an object. The row that comes
 * out is overwritten by the next one, as Spark's own operators do it.
 */
public final class RowEncoder {
  private final List<ResultWriter> writers;
  private final int fields;
  private final UnsafeRow results;
  private final UnsafeRowJoiner joiner;
  private final ResultBuffer buffer = new ResultBuffer();

  public RowEncoder(AttentionSpec spec, RowLayout layout) {
    this.writers = spec.writers();
    this.fields = writers.size();
    this.results = new UnsafeRow(fields);
    this.joiner = GenerateUnsafeRowJoiner.create(layout.rows(), layout.results());
  }

  /**
   * Adds results to a row.
   *
   * @param row the row
   * @param batch the batch that it belongs to
   * @param sequence its sequence there, or {@link SequenceBatch#NULL} for null results
   * @return the row with the result columns
   */
  UnsafeRow encode(UnsafeRow row, SequenceBatch batch, int sequence) {
    if (sequence == SequenceBatch.NULL) {
      setNull();
    } else {
      set(batch, sequence);
    }
    return joiner.join(row, results);
  }

  private void setNull() {
    start(ResultBuffer.structBytes(fields));
    for (int field = 0; field < fields; field++) {
      results.setNullAt(field);
    }
  }

  private void set(SequenceBatch batch, int sequence) {
    start(ResultWriter.rowBytes(writers, batch.length(sequence)));
    int start = (int) ResultBuffer.structBytes(fields);
    for (int field = 0; field < fields; field++) {
      start = writers.get(field).put(results, field, buffer, start, batch, sequence);
    }
  }

  private void start(long size) {
    buffer.reserve((int) size);
    results.pointTo(buffer.bytes(), (int) size);
    buffer.zero(0, (int) ResultBuffer.structBytes(fields));
  }
}
