package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionLayer;
import io.github.sparkattention.kernels.AttentionOutput;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.ContractMath;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.ForwardReport;
import io.github.sparkattention.kernels.LayerMemory;
import io.github.sparkattention.kernels.PackedSequences;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A layer on Java threads. A batch goes through in passes of whole sequences, so that projected
 * tokens take a bounded space; a pass is three loops over the pool, one after another – projections
 * by blocks of tokens, attention by ranges of queries, output projection by blocks of tokens.
 */
final class ThreadsLayer implements AttentionLayer {
  /** Projected values of a pass: 32 MiB, but for a sequence that is longer by itself. */
  private static final int PASS_FLOATS = 1 << 23;

  /**
   * Tokens of a block, give or take a group: packed, they stay in a core's cache while panels of W
   * stream through it.
   */
  private static final int MOST_TOKENS = 48;

  /** Blocks are whole groups of rows of the micro-kernels. */
  private static final int TOKEN_GROUP = 12;

  private final AttentionConfig config;
  private final WorkerPool pool;
  private final Projection inputs;
  private final Projection out;
  private final ThreadLocal<HeadAttention> headAttentions;
  private final Queue<ProjectedTokens> rooms = new ConcurrentLinkedQueue<>();

  ThreadsLayer(AttentionConfig config, AttentionWeights weights, WorkerPool pool, Kernels kernels) {
    this.config = config;
    this.pool = pool;
    inputs = kernels.projection(weights.query(), weights.key(), weights.value());
    out = config.outProjection() ? kernels.projection(weights.out()) : null;
    headAttentions = ThreadLocal.withInitial(() -> kernels.headAttention(config));
  }

  @Override
  public AttentionConfig config() {
    return config;
  }

  @Override
  public ForwardReport forward(
      PackedSequences sequences,
      AttentionOutput output,
      Dropout dropout,
      Cancellation cancellation) {
    long start = System.nanoTime();
    output.check(config, sequences, dropout);
    if (output.weights() != null) {
      int length = (int) AttentionOutput.weightsLength(sequences, config.numHeads());
      Arrays.fill(output.weights(), 0, length, 0f);
    }
    ProjectedTokens polled = rooms.poll();
    ProjectedTokens room = polled == null ? new ProjectedTokens() : polled;
    int width = 2 * config.dOut() + 2 * config.kvWidth();
    int weightsOffset = 0;
    for (int begin = 0; begin < sequences.count(); ) {
      int end = begin + 1;
      while (end < sequences.count()
          && (long) (sequences.offset(end + 1) - sequences.offset(begin)) * width <= PASS_FLOATS) {
        end++;
      }
      weightsOffset =
          pass(sequences, begin, end, output, weightsOffset, dropout, room, cancellation);
      begin = end;
    }
    // A room that one long sequence has widened is not kept, and one per caller is.
    if (room.size() <= PASS_FLOATS) {
      rooms.add(room);
    }
    return ForwardReport.ofThreads(System.nanoTime() - start);
  }

  /** Computes some sequences of a batch, and says where the next ones' attention weights start. */
  private int pass(
      PackedSequences sequences,
      int begin,
      int end,
      AttentionOutput output,
      int weightsOffset,
      Dropout dropout,
      ProjectedTokens room,
      Cancellation cancellation) {
    int first = sequences.offset(begin);
    int count = sequences.offset(end) - first;
    float[] q = room.queries(count * config.dOut());
    float[] k = room.keys(count * config.kvWidth());
    float[] v = room.values(count * config.kvWidth());
    project(
        inputs,
        sequences.tokens(),
        first,
        count,
        new float[][] {q, k, v},
        0,
        new float[] {ContractMath.queryScale(config), 1f, 1f},
        cancellation);
    float[] joined = out == null ? output.context() : room.joined(count * config.dOut());
    int joinedFirst = out == null ? first : 0;
    int[] weightsOffsets = weightsOffsets(sequences, begin, end, output, weightsOffset);
    AttentionSteps steps = new AttentionSteps(config, sequences, begin, end, pool.cores());
    pool.run(
        steps.count(),
        cancellation,
        step ->
            steps.forEach(
                step,
                (s, head, firstQuery, endQuery) -> {
                  int token = sequences.offset(s) - first;
                  headAttentions
                      .get()
                      .attend(
                          new HeadAttention.Sequence(
                              q,
                              k,
                              v,
                              token,
                              joined,
                              joinedFirst + token,
                              output.weights(),
                              weightsOffsets[s - begin],
                              output.logSumExp(),
                              sequences.offset(s) * config.numHeads(),
                              sequences.length(s),
                              dropout.isActive(),
                              dropout.isActive() ? dropout.generatorKey(s) : 0,
                              cancellation),
                          head,
                          firstQuery,
                          endQuery);
                }));
    if (out != null) {
      float[][] context = {output.context()};
      project(out, joined, 0, count, context, first, new float[] {1f}, cancellation);
    }
    return weightsOffsets[end - begin];
  }

  /** Where each sequence's attention weights start; all the same where none are wanted. */
  private int[] weightsOffsets(
      PackedSequences sequences, int begin, int end, AttentionOutput output, int offset) {
    int[] offsets = new int[end - begin + 1];
    offsets[0] = offset;
    for (int s = begin; s < end && output.weights() != null; s++) {
      int n = sequences.length(s);
      offsets[s - begin + 1] = offsets[s - begin] + config.numHeads() * n * n;
    }
    return offsets;
  }

  /** Cuts the tokens into equal blocks, a multiple of the cores in number. */
  private void project(
      Projection projection,
      float[] x,
      int xFirst,
      int count,
      float[][] y,
      int yFirst,
      float[] factors,
      Cancellation cancellation) {
    if (count == 0) {
      return;
    }
    int groups = ceilDiv(count, TOKEN_GROUP);
    int steps = Math.min(groups, ceilDiv(count, MOST_TOKENS * pool.cores()) * pool.cores());
    pool.run(
        steps,
        cancellation,
        step -> {
          int begin = (int) ((long) groups * step / steps) * TOKEN_GROUP;
          int end = (int) ((long) groups * (step + 1) / steps) * TOKEN_GROUP;
          int size = Math.min(count, end) - begin;
          projection.apply(x, xFirst + begin, size, y, yFirst + begin, factors);
        });
  }

  private static int ceilDiv(int value, int divisor) {
    return (value + divisor - 1) / divisor;
  }

  @Override
  public LayerMemory memory() {
    long floats = rooms.stream().mapToLong(ProjectedTokens::size).sum();
    return LayerMemory.ofWeights(config).plus(new LayerMemory(floats * Float.BYTES, 0));
  }

  @Override
  public void close() {
    rooms.clear();
  }
}
