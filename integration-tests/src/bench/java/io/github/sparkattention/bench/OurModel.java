package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.backends.Backends;

/** A program on this project's Java threads. */
final class OurModel implements ModelContender {
  private final Backend backend;
  private final Prepared prepared;
  private final String name;

  OurModel(String name, Program program, Tensors tensors, int threads) {
    this.name = name;
    backend = Backends.open(BackendPolicy.THREADS, threads);
    prepared = backend.prepare(program, tensors);
  }

  String description() {
    return backend.description();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public PreparedCase prepare(PackedSequences batch) {
    float[] values = new float[batch.total() * prepared.program().outputWidth()];
    return new PreparedCase() {
      @Override
      public void forward() {
        prepared.run(batch, values);
      }

      @Override
      public float[] context() {
        return values.clone();
      }

      @Override
      public void close() {
        // The program serves all cases.
      }
    };
  }

  @Override
  public void close() {
    prepared.close();
    backend.close();
  }
}
