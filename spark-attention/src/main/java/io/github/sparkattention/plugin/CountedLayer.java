package io.github.sparkattention.plugin;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionLayer;
import io.github.sparkattention.kernels.AttentionOutput;
import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.ForwardPass;
import io.github.sparkattention.kernels.ForwardReport;
import io.github.sparkattention.kernels.LayerMemory;
import io.github.sparkattention.kernels.PackedSequences;

/** A layer whose batches count among the executor's. */
record CountedLayer(AttentionLayer layer, ExecutorTotals totals) implements AttentionLayer {

  @Override
  public AttentionConfig config() {
    return layer.config();
  }

  @Override
  public ForwardReport forward(
      PackedSequences sequences,
      AttentionOutput output,
      Dropout dropout,
      Cancellation cancellation) {
    return begin(sequences, output, dropout, cancellation).await();
  }

  @Override
  public boolean isAsynchronous() {
    return layer.isAsynchronous();
  }

  @Override
  public ForwardPass begin(
      PackedSequences sequences,
      AttentionOutput output,
      Dropout dropout,
      Cancellation cancellation) {
    ForwardPass pass = layer.begin(sequences, output, dropout, cancellation);
    return new ForwardPass() {
      @Override
      public ForwardReport await() {
        ForwardReport report = pass.await();
        totals.count(sequences.total(), report);
        return report;
      }

      @Override
      public void cancel() {
        pass.cancel();
      }
    };
  }

  @Override
  public LayerMemory memory() {
    return layer.memory();
  }

  @Override
  public void close() {
    layer.close();
  }
}
