package io.github.sparkattention.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtSession;
import io.github.sparkattention.internal.executor.ExecutorBackend;
import io.github.sparkattention.internal.executor.Lease;
import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.io.Serializable;
import java.nio.FloatBuffer;

/** A layer inside a task. */
interface RowModel extends AutoCloseable {

  /** Computes the context vectors [total, dOut] of a batch. */
  void forward(PackedSequences sequences, float[] context);

  @Override
  void close();

  /** Loads a model in a task. */
  @FunctionalInterface
  interface Loader extends Serializable {
    RowModel load(AttentionConfig config, AttentionWeights weights);
  }

  /** This project's kernels, of which an executor's tasks share one layer. */
  static RowModel ours(AttentionConfig config, AttentionWeights weights) {
    Lease lease =
        ExecutorBackend.lease(
            BackendPolicy.THREADS, "over rows", Program.attention(config), weights::tensors);
    return new RowModel() {
      @Override
      public void forward(PackedSequences sequences, float[] context) {
        lease.program().run(sequences, context);
      }

      @Override
      public void close() {
        lease.close();
      }
    };
  }

  /** The same kernels, given batches padded as a model without ragged ones needs them. */
  static RowModel oursPadded(AttentionConfig config, AttentionWeights weights) {
    RowModel ours = ours(config, weights);
    return new RowModel() {
      @Override
      public void forward(PackedSequences sequences, float[] context) {
        for (Bucket bucket : Bucket.of(sequences)) {
          PackedSequences padded = bucket.padAsSequences(sequences);
          float[] paddedContext = new float[padded.total() * config.dOut()];
          ours.forward(padded, paddedContext);
          bucket.unpad(FloatBuffer.wrap(paddedContext), sequences, config.dOut(), context);
        }
      }

      @Override
      public void close() {
        ours.close();
      }
    };
  }

  /** ONNX Runtime, on one thread a task. */
  static RowModel onnx(AttentionConfig config, AttentionWeights weights) {
    OnnxModel model = OnnxModel.load("eager", config.numHeads(), weights, 1);
    return new RowModel() {
      @Override
      public void forward(PackedSequences sequences, float[] context) {
        for (Bucket bucket : Bucket.of(sequences)) {
          long[] shape = bucket.shape(config.dIn());
          try (OnnxTensor tokens = model.tensor(bucket.pad(sequences), shape);
              OrtSession.Result result = model.run(tokens)) {
            bucket.unpad(OnnxModel.values(result), sequences, config.dOut(), context);
          }
        }
      }

      @Override
      public void close() {
        model.close();
      }
    };
  }

  /** PyTorch's fused attention through DJL, on one thread a task. */
  static RowModel torch(AttentionConfig config, AttentionWeights weights) {
    TorchModel model = new TorchModel("sdpa", config.numHeads(), weights);
    return new RowModel() {
      @Override
      public void forward(PackedSequences sequences, float[] context) {
        for (Bucket bucket : Bucket.of(sequences)) {
          long[] shape = bucket.shape(config.dIn());
          try (NDArray tokens = model.tensor(bucket.pad(sequences), shape);
              NDList result = model.run(tokens)) {
            bucket.unpad(TorchModel.values(result), sequences, config.dOut(), context);
          }
        }
      }

      @Override
      public void close() {
        model.close();
      }
    };
  }
}
