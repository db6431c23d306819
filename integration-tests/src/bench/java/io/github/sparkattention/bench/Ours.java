package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.backends.Backends;

/** This project's Java threads. */
final class Ours implements Contender {
  /** The name of the contender that the others are compared with. */
  static final String NAME = "ours";

  private final Backend backend;
  private final int threads;
  private final String name;

  Ours(String name, int threads) {
    this.name = name;
    this.threads = threads;
    backend = Backends.open(BackendPolicy.THREADS, threads);
  }

  /** What computes: threads and SIMD. */
  String description() {
    return backend.description();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int threads() {
    return threads;
  }

  @Override
  public PreparedCase prepare(Workload workload) {
    Prepared layer =
        backend.prepare(Program.attention(workload.config()), workload.weights().tensors());
    return new OurCase(layer, workload.sequences(), new float[workload.contextLength()]);
  }

  @Override
  public void close() {
    backend.close();
  }

  private static final class OurCase implements PreparedCase {
    private final Prepared layer;
    private final PackedSequences sequences;
    private final float[] context;

    OurCase(Prepared layer, PackedSequences sequences, float[] context) {
      this.layer = layer;
      this.sequences = sequences;
      this.context = context;
    }

    @Override
    public void forward() {
      layer.run(sequences, context);
    }

    @Override
    public float[] context() {
      return context.clone();
    }

    @Override
    public void close() {
      layer.close();
    }
  }
}
