package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionLayer;
import io.github.sparkattention.kernels.AttentionOutput;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.ContractMath;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.PackedSequences;
import java.util.Arrays;

/**
 * A layer on Java threads: three loops over the pool, one after another – projections by blocks of
 * tokens, attention by blocks of queries, output projection by blocks of tokens.
 */
final class ThreadsLayer implements AttentionLayer {
  private static final int TOKENS = 64;

  private final AttentionConfig config;
  private final WorkerPool pool;
  private final PackedLinear query;
  private final PackedLinear key;
  private final PackedLinear value;
  private final PackedLinear out;
  private final ThreadLocal<QueryBlock> queryBlocks;

  ThreadsLayer(AttentionConfig config, AttentionWeights weights, WorkerPool pool) {
    this.config = config;
    this.pool = pool;
    query = new PackedLinear(weights.query());
    key = new PackedLinear(weights.key());
    value = new PackedLinear(weights.value());
    out = config.outProjection() ? new PackedLinear(weights.out()) : null;
    queryBlocks = ThreadLocal.withInitial(() -> new QueryBlock(config));
  }

  @Override
  public AttentionConfig config() {
    return config;
  }

  @Override
  public void forward(PackedSequences sequences, AttentionOutput output, Dropout dropout) {
    output.check(config, sequences, dropout);
    int total = sequences.total();
    float[] x = sequences.tokens();
    float[] q = new float[total * config.dOut()];
    float[] k = new float[total * config.kvWidth()];
    float[] v = new float[total * config.kvWidth()];
    float scale = ContractMath.queryScale(config);
    int blocks = (total + TOKENS - 1) / TOKENS;
    pool.run(
        3 * blocks,
        step -> {
          int block = step / 3;
          switch (step % 3) {
            case 0 -> project(query, x, q, block, total, scale);
            case 1 -> project(key, x, k, block, total, 1f);
            default -> project(value, x, v, block, total, 1f);
          }
        });
    float[] joined = out == null ? output.context() : new float[total * config.dOut()];
    if (output.weights() != null) {
      int length = (int) AttentionOutput.weightsLength(sequences, config.numHeads());
      Arrays.fill(output.weights(), 0, length, 0f);
    }
    attend(sequences, q, k, v, joined, output.weights(), dropout);
    if (out != null) {
      pool.run(blocks, block -> project(out, joined, output.context(), block, total, 1f));
    }
  }

  private static void project(
      PackedLinear linear, float[] x, float[] y, int block, int total, float factor) {
    int first = block * TOKENS;
    linear.apply(x, y, first, Math.min(total, first + TOKENS), factor);
  }

  private void attend(
      PackedSequences sequences,
      float[] q,
      float[] k,
      float[] v,
      float[] joined,
      float[] weights,
      Dropout dropout) {
    // A step is one block of queries of one sequence, with all of its heads.
    int[] firstStep = new int[sequences.count() + 1];
    int[] weightsOffset = new int[sequences.count() + 1];
    for (int s = 0; s < sequences.count(); s++) {
      int n = sequences.length(s);
      firstStep[s + 1] = firstStep[s] + (n + QueryBlock.QUERIES - 1) / QueryBlock.QUERIES;
      weightsOffset[s + 1] = weights == null ? 0 : weightsOffset[s] + config.numHeads() * n * n;
    }
    pool.run(
        firstStep[sequences.count()],
        step -> {
          int s = sequenceOf(firstStep, step);
          QueryBlock block = queryBlocks.get();
          for (int head = 0; head < config.numHeads(); head++) {
            block.attend(
                new QueryBlock.Task(
                    q,
                    k,
                    v,
                    joined,
                    weights,
                    weightsOffset[s],
                    sequences.offset(s),
                    sequences.length(s),
                    head,
                    (step - firstStep[s]) * QueryBlock.QUERIES,
                    dropout.isActive(),
                    dropout.isActive() ? dropout.generatorKey(s) : 0));
          }
        });
  }

  /** The sequence whose steps include this one; empty sequences have none. */
  private static int sequenceOf(int[] firstStep, int step) {
    int low = 0;
    int high = firstStep.length - 1;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (firstStep[middle] <= step) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  @Override
  public void close() {
    // Weights are plain arrays and the threads belong to the backend.
  }
}
