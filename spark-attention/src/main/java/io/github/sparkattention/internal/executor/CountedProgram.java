package io.github.sparkattention.internal.executor;

import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Pass;
import io.github.sparkattention.kernels.PassReport;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.PreparedMemory;
import io.github.sparkattention.kernels.Program;

/** A prepared program whose batches count among the executor's. */
record CountedProgram(Prepared prepared, ExecutorTotals totals) implements Prepared {

  @Override
  public Program program() {
    return prepared.program();
  }

  @Override
  public boolean isAsynchronous() {
    return prepared.isAsynchronous();
  }

  @Override
  public Pass begin(
      PackedSequences batch, Outputs outputs, Dropout dropout, Cancellation cancellation) {
    Pass pass = prepared.begin(batch, outputs, dropout, cancellation);
    return new Pass() {
      @Override
      public PassReport await() {
        PassReport report = pass.await();
        totals.count(batch.total(), report);
        return report;
      }

      @Override
      public void cancel() {
        pass.cancel();
      }
    };
  }

  @Override
  public PreparedMemory memory() {
    return prepared.memory();
  }

  @Override
  public void close() {
    prepared.close();
  }
}
