package io.github.sparkattention.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import scala.collection.AbstractIterator;

/** A partition's rows with results: gathers a batch, computes it, and hands out its rows. */
final class BatchIterator extends AbstractIterator<InternalRow> {
  private final RowGatherer gatherer;
  private final SequenceBatch batch;
  private final TaskLayer layer;
  private final RowEncoder encoder;
  private final AttentionMetrics metrics;
  private final TaskContext task;

  private final List<UnsafeRow> rows = new ArrayList<>();
  private long rowsBefore;
  private int next;
  private int sequence = SequenceBatch.DROPPED;

  BatchIterator(
      RowGatherer gatherer,
      SequenceBatch batch,
      TaskLayer layer,
      RowEncoder encoder,
      AttentionMetrics metrics,
      TaskContext task) {
    this.gatherer = gatherer;
    this.batch = batch;
    this.layer = layer;
    this.encoder = encoder;
    this.metrics = metrics;
    this.task = task;
  }

  /** Moves on to the next row that isn't dropped. */
  @Override
  public boolean hasNext() {
    while (sequence == SequenceBatch.DROPPED) {
      if (next == rows.size() && !computeNextBatch()) {
        layer.close();
        return false;
      }
      sequence = batch.sequence(next);
      next++;
    }
    return true;
  }

  @Override
  public InternalRow next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the partition has no more rows");
    }
    long start = System.nanoTime();
    UnsafeRow row = encoder.encode(rows.get(next - 1), batch, sequence);
    sequence = SequenceBatch.DROPPED;
    metrics.encode().add(System.nanoTime() - start);
    metrics.rows().add(1L);
    return row;
  }

  private boolean computeNextBatch() {
    task.killTaskIfInterrupted();
    rowsBefore += rows.size();
    next = 0;
    if (!gatherer.gather(rows)) {
      return false;
    }
    long start = System.nanoTime();
    batch.pack(rows, rowsBefore);
    metrics.decode().add(System.nanoTime() - start);
    if (batch.totalTokens() > 0) {
      metrics.count(batch.totalTokens(), batch.compute(layer.get()));
    }
    return true;
  }
}
