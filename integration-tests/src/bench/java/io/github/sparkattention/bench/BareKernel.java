package io.github.sparkattention.bench;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.backends.Backends;
import io.github.sparkattention.kernels.contract.SeededWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A case's work without Spark: batch after batch, as large as the stage makes them. */
final class BareKernel implements Timed, AutoCloseable {
  /** The stage's default. */
  private static final int BATCH_TOKENS = 8192;

  private final Backend backend;
  private final Prepared layer;
  private final List<PackedSequences> batches = new ArrayList<>();
  private final float[] context;

  BareKernel(BenchmarkCase benchmarkCase, int threads) {
    AttentionConfig config = benchmarkCase.config();
    backend = Backends.open(BackendPolicy.THREADS, threads);
    layer =
        backend.prepare(
            Program.attention(config),
            SeededWeights.attention(config, Workload.WEIGHTS_SEED).tensors());
    // Every batch reads the same tokens: the time does not depend on what they are.
    float[] tokens = new float[BATCH_TOKENS * config.dIn()];
    SplittableRandom random = new SplittableRandom(Workload.WEIGHTS_SEED);
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = (float) random.nextGaussian();
    }
    context = new float[BATCH_TOKENS * config.dOut()];
    List<Integer> lengths = benchmarkCase.lengths();
    for (int first = 0; first < lengths.size(); ) {
      int end = first;
      int[] offsets = new int[lengths.size() - first + 1];
      while (end < lengths.size() && offsets[end - first] + lengths.get(end) <= BATCH_TOKENS) {
        offsets[end - first + 1] = offsets[end - first] + lengths.get(end);
        end++;
      }
      batches.add(PackedSequences.of(tokens, config.dIn(), offsets, end - first));
      first = end;
    }
  }

  /** What computes: threads and SIMD. */
  String description() {
    return backend.description();
  }

  @Override
  public void forward() {
    for (PackedSequences batch : batches) {
      layer.run(batch, context);
    }
  }

  @Override
  public void close() {
    layer.close();
    backend.close();
  }
}
