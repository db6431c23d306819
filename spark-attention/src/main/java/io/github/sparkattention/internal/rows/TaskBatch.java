package io.github.sparkattention.internal.rows;

import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.Pass;
import io.github.sparkattention.kernels.Prepared;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;

/** A task's batch: its rows, their sequences, and the pass that computes them. */
public final class TaskBatch {
  private final SequenceBatch sequences;
  private final AttentionMetrics metrics;
  private final List<UnsafeRow> rows = new ArrayList<>();

  /** Null if none is under way. */
  private Pass pass;

  public TaskBatch(SequenceBatch sequences, AttentionMetrics metrics) {
    this.sequences = sequences;
    this.metrics = metrics;
  }

  /**
   * Gathers and packs rows.
   *
   * @param gatherer gives them
   * @param ordinal the first row's ordinal in its partition
   * @return false if no row is left
   */
  boolean read(RowGatherer gatherer, long ordinal) {
    if (!gatherer.gather(rows)) {
      return false;
    }
    long start = System.nanoTime();
    sequences.pack(rows, ordinal);
    metrics.decode().add(System.nanoTime() - start);
    return true;
  }

  /**
   * Begins to compute the batch, if it has any tokens.
   *
   * @param layer gives what computes it
   * @param cancellation whether the task has given it up
   * @return whether it is computed while the caller does other things
   */
  boolean begin(Supplier<Prepared> layer, Cancellation cancellation) {
    if (sequences.totalTokens() == 0) {
      return false;
    }
    Prepared computes = layer.get();
    pass = sequences.begin(computes, cancellation);
    return computes.isAsynchronous();
  }

  /** Waits until the batch is computed. */
  void await() {
    if (pass != null) {
      metrics.count(sequences.totalTokens(), pass.await());
      pass = null;
    }
  }

  /** Leaves nothing under way. */
  void cancel() {
    if (pass != null) {
      pass.cancel();
    }
  }

  List<UnsafeRow> rows() {
    return rows;
  }

  SequenceBatch sequences() {
    return sequences;
  }
}
