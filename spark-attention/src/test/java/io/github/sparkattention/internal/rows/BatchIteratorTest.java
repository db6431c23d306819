package io.github.sparkattention.internal.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.sparkattention.LocalSpark;
import io.github.sparkattention.Sequences;
import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.batches.BatchLimits;
import io.github.sparkattention.internal.batches.BatchSizes;
import io.github.sparkattention.internal.batches.InvalidRows;
import io.github.sparkattention.internal.batches.InvalidSequenceException;
import io.github.sparkattention.internal.batches.Refusals;
import io.github.sparkattention.internal.batches.TaskHeap;
import io.github.sparkattention.internal.results.LayerResults;
import io.github.sparkattention.internal.results.ResultColumn;
import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Pass;
import io.github.sparkattention.kernels.PassCancelledException;
import io.github.sparkattention.kernels.PassReport;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.PreparedMemory;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.apache.spark.TaskContext$;
import org.apache.spark.TaskContextImpl;
import org.apache.spark.TaskKilledException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import scala.jdk.javaapi.CollectionConverters;

/** Batches of one row of one value, computed by a device that is played. */
@Timeout(120)
class BatchIteratorTest {
  private static final AttentionSpec SPEC =
      AttentionSpec.ofLayer(
          "stage",
          "tokens",
          List.of(new ResultColumn(LayerResults.CONTEXT_ARRAY, "context")),
          AttentionConfig.builder(1, 1).build(),
          BackendPolicy.parse("opencl"),
          new BatchLimits(1, 1 << 20, 1),
          InvalidRows.ERROR,
          null);

  private static final StructType ROWS = Sequences.schema(DataTypes.FloatType);
  private static final RowLayout LAYOUT =
      new RowLayout(ROWS, DataTypes.createStructType(SPEC.outputs()), 1, -1);

  private final AttentionMetrics metrics =
      AttentionMetrics.create(LocalSpark.session().sparkContext());
  private final TaskContextImpl task = TaskContext$.MODULE$.empty();
  private final Rows rows = new Rows();
  private final FakeLayer layer = new FakeLayer();

  /** The input, which knows how far it was read. */
  private static final class Rows implements Iterator<InternalRow> {
    private final List<Float> values = new ArrayList<>();
    private final List<CountDownLatch> read = new ArrayList<>();
    private int next;
    private int failsAt = -1;

    void add(Float... more) {
      for (Float value : more) {
        values.add(value);
        read.add(new CountDownLatch(1));
      }
    }

    @Override
    public boolean hasNext() {
      return next < values.size();
    }

    @Override
    public InternalRow next() {
      if (next == failsAt) {
        throw new IllegalStateException("the input failed");
      }
      Float value = values.get(next);
      read.get(next).countDown();
      Object token = value == null ? null : new GenericArrayData(new float[] {value});
      return new GenericInternalRow(
          new Object[] {(long) next++, new GenericArrayData(new Object[] {token})});
    }
  }

  /** Negates values, on a thread of its own when it is asynchronous. */
  private final class FakeLayer implements Prepared, TaskProgram {
    private boolean asynchronous = true;
    private boolean failsAtCancelling;
    private Runnable duringForward = () -> {};
    private int failsAt = -1;
    private int begun;
    private int cancelled;
    private boolean closed;

    @Override
    public Prepared get() {
      return this;
    }

    @Override
    public Program program() {
      return SPEC.program();
    }

    @Override
    public PreparedMemory memory() {
      return PreparedMemory.NONE;
    }

    @Override
    public boolean isAsynchronous() {
      return asynchronous;
    }

    private PassReport compute(PackedSequences batch, Outputs outputs, Cancellation cancellation) {
      duringForward.run();
      cancellation.check();
      outputs.array(0)[0] = -batch.tokens()[0];
      return PassReport.ofThreads(1);
    }

    @Override
    public Pass begin(
        PackedSequences batch, Outputs outputs, Dropout dropout, Cancellation cancellation) {
      int number = begun++;
      if (!asynchronous) {
        return Pass.ended(compute(batch, outputs, cancellation));
      }
      CompletableFuture<PassReport> launch =
          CompletableFuture.supplyAsync(
              () -> {
                // Slow: it ends no sooner than the row of the next batch was read.
                await(rows.read.get(Math.min(number + 1, rows.read.size() - 1)));
                if (number == failsAt) {
                  throw new IllegalStateException("launch " + number + " failed");
                }
                return compute(batch, outputs, cancellation);
              },
              launching -> new Thread(launching).start());
      return new Pass() {
        @Override
        public PassReport await() {
          try {
            return launch.join();
          } catch (CompletionException e) {
            throw (RuntimeException) e.getCause();
          }
        }

        @Override
        public void cancel() {
          if (failsAtCancelling) {
            throw new IllegalStateException("no cancelling");
          }
          cancelled++;
        }
      };
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private BatchIterator iterator() {
    Refusals refusals = new Refusals(SPEC, 3, metrics.refused());
    BatchSizes sizes = new BatchSizes(SPEC, new TaskHeap(1L << 40, 1));
    return new BatchIterator(
        new RowGatherer(SPEC, LAYOUT, sizes, refusals, CollectionConverters.asScala(rows)),
        () -> new TaskBatch(new SequenceBatch(SPEC, LAYOUT, sizes, refusals), metrics),
        layer,
        new RowEncoder(SPEC, LAYOUT),
        metrics,
        task);
  }

  private static float context(InternalRow row) {
    return ((UnsafeRow) row).getArray(2).getArray(0).getFloat(0);
  }

  @Test
  void theNextBatchIsReadWhileADeviceComputes() {
    rows.add(1f, 2f, 3f, 4f, 5f);
    List<Float> contexts = new ArrayList<>();
    BatchIterator results = iterator();
    while (results.hasNext()) {
      contexts.add(context(results.next()));
    }
    assertThat(contexts).containsExactly(-1f, -2f, -3f, -4f, -5f);
    assertThat(layer.closed).isTrue();
    assertThat(layer.cancelled).isZero();
    assertThat(metrics.batches().value()).isEqualTo(5);
  }

  @Test
  void nothingIsReadAheadOfJavaThreads() {
    layer.asynchronous = false;
    rows.add(1f, 2f, 3f, 4f);
    BatchIterator results = iterator();
    assertThat(context(results.next())).isEqualTo(-1f);
    // The row that ended the first batch was read, too.
    assertThat(rows.next).isEqualTo(2);
    assertThat(layer.begun).isEqualTo(1);
  }

  @Test
  void rowsComeBeforeTheRefusalOfARowThatWasReadAhead() {
    rows.add(1f, null, 3f);
    BatchIterator results = iterator();
    assertThat(context(results.next())).isEqualTo(-1f);
    assertThatThrownBy(results::hasNext)
        .isInstanceOf(InvalidSequenceException.class)
        .hasMessageStartingWith("stage: column 'tokens', partition 3, row 1: token 0 is null.");
  }

  @Test
  void rowsComeBeforeTheFailureOfTheInputBehindThem() {
    rows.add(1f, 2f, 3f, 4f);
    rows.failsAt = 3;
    BatchIterator results = iterator();
    assertThat(context(results.next())).isEqualTo(-1f);
    assertThat(context(results.next())).isEqualTo(-2f);
    assertThatThrownBy(results::next).hasMessage("the input failed");
  }

  @Test
  void rowsComeBeforeTheFailureOfTheLaunchBehindThem() {
    rows.add(1f, 2f, 3f, 4f);
    layer.failsAt = 1;
    BatchIterator results = iterator();
    assertThat(context(results.next())).isEqualTo(-1f);
    assertThatThrownBy(results::next).hasMessage("launch 1 failed");
    results.close();
    assertThat(layer.closed).isTrue();
  }

  @Test
  void whoWantsNoMoreRowsLeavesNothingUnderWay() {
    rows.add(1f, 2f, 3f, 4f);
    BatchIterator results = iterator();
    assertThat(context(results.next())).isEqualTo(-1f);
    assertThat(layer.begun).isEqualTo(2);
    results.close();
    assertThat(layer.cancelled).isEqualTo(1);
    assertThat(layer.closed).isTrue();
  }

  @Test
  void aKilledTaskBeginsNoFurtherBatch() {
    rows.add(1f, 2f, 3f, 4f);
    BatchIterator results = iterator();
    assertThat(context(results.next())).isEqualTo(-1f);
    task.markInterrupted("another attempt succeeded");
    assertThatThrownBy(results::next).isInstanceOf(TaskKilledException.class);
    assertThat(layer.begun).isEqualTo(2);
  }

  @Test
  void aTaskThatIsKilledWhileItsThreadComputesABatchEndsBeforeTheBatchDoes() {
    layer.asynchronous = false;
    rows.add(1f, 2f);
    layer.duringForward = () -> task.markInterrupted("the job was cancelled");
    assertThatThrownBy(iterator()::next)
        .isInstanceOf(TaskKilledException.class)
        .extracting(thrown -> ((TaskKilledException) thrown).reason())
        .isEqualTo("the job was cancelled");
    assertThat(metrics.batches().value()).isZero();
  }

  @Test
  void aTaskThatIsKilledWhileADeviceComputesEndsBeforeTheBatchDoes() {
    rows.add(1f, 2f);
    layer.duringForward = () -> task.markInterrupted("the job was cancelled");
    assertThatThrownBy(iterator()::next).isInstanceOf(TaskKilledException.class);
    assertThat(metrics.batches().value()).isZero();
  }

  @Test
  void aTaskThatEndsTakesAlongTheThreadThatStillComputesForIt() {
    layer.asynchronous = false;
    rows.add(1f, 2f);
    BatchIterator results = iterator();
    layer.duringForward = results::close;
    assertThatThrownBy(results::next)
        .isInstanceOf(PassCancelledException.class)
        .hasMessage("the forward pass was given up by its caller");
    assertThat(layer.closed).isTrue();
  }

  @Test
  void theLayerIsGivenBackThoughAPassCannotBeCancelled() {
    rows.add(1f, 2f, 3f);
    BatchIterator results = iterator();
    assertThat(context(results.next())).isEqualTo(-1f);
    layer.failsAtCancelling = true;
    assertThatThrownBy(results::close).hasMessage("no cancelling");
    assertThat(layer.closed).isTrue();
  }
}
