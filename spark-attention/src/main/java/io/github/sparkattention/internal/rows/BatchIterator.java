package io.github.sparkattention.internal.rows;

import io.github.sparkattention.kernels.PassCancelledException;
import java.util.NoSuchElementException;
import java.util.function.Supplier;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.unsafe.Platform;
import scala.collection.AbstractIterator;

/**
 * A partition's rows with results: gathers a batch, computes it, and hands out its rows. While a
 * device computes one batch, the next is gathered and packed; two batches serve in turn.
 */
public final class BatchIterator extends AbstractIterator<InternalRow> implements AutoCloseable {
  private final RowGatherer gatherer;
  private final Supplier<TaskBatch> batches;
  private final TaskProgram program;
  private final RowEncoder encoder;
  private final AttentionMetrics metrics;
  private final TaskContext task;

  /** The batch whose rows are handed out. */
  private TaskBatch current;

  /** The batch that is computed meanwhile; null if there is none. */
  private TaskBatch ahead;

  /** The batch for what is read next, once there are two. */
  private TaskBatch spare;

  /** Why the batch behind the current one can't be computed; thrown when its rows are due. */
  private Exception failureAhead;

  private volatile boolean closed;
  private long rowsRead;
  private int next;
  private int sequence = SequenceBatch.DROPPED;

  public BatchIterator(
      RowGatherer gatherer,
      Supplier<TaskBatch> batches,
      TaskProgram program,
      RowEncoder encoder,
      AttentionMetrics metrics,
      TaskContext task) {
    this.gatherer = gatherer;
    this.batches = batches;
    this.program = program;
    this.encoder = encoder;
    this.metrics = metrics;
    this.task = task;
    this.current = batches.get();
  }

  /** Moves on to the next row that isn't dropped. */
  @Override
  public boolean hasNext() {
    while (sequence == SequenceBatch.DROPPED) {
      if (next == current.rows().size() && !moveToNextBatch()) {
        close();
        return false;
      }
      sequence = current.sequences().sequence(next);
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
    UnsafeRow row = encoder.encode(current.rows().get(next - 1), current.sequences(), sequence);
    sequence = SequenceBatch.DROPPED;
    metrics.encode().add(System.nanoTime() - start);
    metrics.rows().add(1L);
    return row;
  }

  private boolean moveToNextBatch() {
    task.killTaskIfInterrupted();
    try {
      return computeNextBatch();
    } catch (PassCancelledException e) {
      // Spark knows a killed task by its own exception.
      task.killTaskIfInterrupted();
      throw e;
    }
  }

  private boolean computeNextBatch() {
    if (failureAhead != null) {
      Platform.throwException(failureAhead);
    }
    next = 0;
    boolean asynchronous;
    if (ahead == null) {
      if (!read(current)) {
        return false;
      }
      asynchronous = current.begin(program, this::isGivenUp);
    } else {
      spare = current;
      current = ahead;
      ahead = null;
      asynchronous = true;
    }
    if (asynchronous) {
      readAhead();
    }
    current.await();
    return true;
  }

  private boolean read(TaskBatch batch) {
    boolean any = batch.read(gatherer, rowsRead);
    rowsRead += batch.rows().size();
    return any;
  }

  /** Begins the batch behind the current one; it waits for the device until that one is done. */
  private void readAhead() {
    TaskBatch batch = spare == null ? batches.get() : spare;
    spare = batch;
    try {
      if (read(batch)) {
        batch.begin(program, this::isGivenUp);
        ahead = batch;
      }
    } catch (Exception e) {
      failureAhead = e;
    }
  }

  /**
   * Whether nobody wants the rows any more. Spark calls nobody back when it kills a task, and a
   * task may end while another of its threads is in here.
   */
  private boolean isGivenUp() {
    return closed || task.isInterrupted();
  }

  /** Leaves nothing under way, and gives the program back. */
  @Override
  public void close() {
    closed = true;
    try {
      current.cancel();
      if (ahead != null) {
        ahead.cancel();
      }
    } finally {
      program.close();
    }
  }
}
