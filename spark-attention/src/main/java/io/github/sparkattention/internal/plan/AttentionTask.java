package io.github.sparkattention.internal.plan;

import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.batches.BatchSizes;
import io.github.sparkattention.internal.batches.Refusals;
import io.github.sparkattention.internal.batches.TaskHeap;
import io.github.sparkattention.internal.rows.AttentionMetrics;
import io.github.sparkattention.internal.rows.BatchIterator;
import io.github.sparkattention.internal.rows.LeasedProgram;
import io.github.sparkattention.internal.rows.RowEncoder;
import io.github.sparkattention.internal.rows.RowGatherer;
import io.github.sparkattention.internal.rows.RowLayout;
import io.github.sparkattention.internal.rows.SequenceBatch;
import io.github.sparkattention.internal.rows.TaskBatch;
import io.github.sparkattention.internal.weights.TaskWeights;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.io.Serializable;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.util.CollectionAccumulator;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction2;

/** What the driver sends to a task: how to turn a partition's rows into rows with results. */
final class AttentionTask
    extends AbstractFunction2<Object, Iterator<InternalRow>, Iterator<InternalRow>>
    implements Serializable {
  private static final long serialVersionUID = 1L;

  private final AttentionSpec spec;
  private final BackendPolicy policy;
  private final TaskWeights weights;
  private final RowLayout layout;
  private final AttentionMetrics metrics;
  private final CollectionAccumulator<String> backends;

  AttentionTask(
      AttentionSpec spec,
      BackendPolicy policy,
      TaskWeights weights,
      RowLayout layout,
      AttentionMetrics metrics,
      CollectionAccumulator<String> backends) {
    this.spec = spec;
    this.policy = policy;
    this.weights = weights;
    this.layout = layout;
    this.metrics = metrics;
    this.backends = backends;
  }

  @Override
  public Iterator<InternalRow> apply(Object partition, Iterator<InternalRow> rows) {
    TaskContext context = TaskContext.get();
    Refusals refusals = new Refusals(spec, (Integer) partition, metrics.refused());
    BatchSizes sizes = new BatchSizes(spec, TaskHeap.here());
    BatchIterator results =
        new BatchIterator(
            new RowGatherer(spec, layout, sizes, refusals, rows),
            () -> new TaskBatch(new SequenceBatch(spec, layout, sizes, refusals), metrics),
            new LeasedProgram(weights, policy, backends),
            new RowEncoder(spec, layout),
            metrics,
            context);
    // Whatever ends the task, be it a limit that needs no more rows: nothing stays under way.
    context.addTaskCompletionListener(
        ended -> {
          results.close();
          return null;
        });
    return results;
  }
}
