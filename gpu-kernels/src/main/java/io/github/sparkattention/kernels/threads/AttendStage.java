package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Step.Attend;
import io.github.sparkattention.kernels.internal.loops.HeadAttention;

/** Attention, by heads and ranges of queries. */
final class AttendStage implements Stage {
  private final int index;
  private final Attend step;

  /** Which of the program's attention steps this is, from 0. */
  private final int layer;

  private final ThreadLocal<HeadAttention> attention;

  AttendStage(int index, Attend step, int layer, ThreadLocal<HeadAttention> attention) {
    this.index = index;
    this.step = step;
    this.layer = layer;
    this.attention = attention;
  }

  @Override
  public void run(Span span, WorkerPool pool) {
    PackedSequences batch = span.batch;
    float[] projected = span.array(step.from());
    float[] joined = span.array(step.to());
    AttentionPieces pieces =
        new AttentionPieces(step.heads(), batch, span.begin, span.end, pool.cores());
    pool.run(
        pieces.count(),
        span.cancellation,
        piece ->
            pieces.forEach(
                piece,
                (s, head, firstQuery, endQuery) -> {
                  int token = batch.offset(s) - span.firstToken();
                  attention
                      .get()
                      .attend(
                          new HeadAttention.Sequence(
                              projected,
                              span.offset(step.from(), token),
                              joined,
                              span.offset(step.to(), token),
                              span.taps.weights(index),
                              span.taps.weightsOffset(index, s),
                              span.taps.logSumExp(index),
                              batch.offset(s) * step.heads().numHeads(),
                              batch.length(s),
                              span.dropout.isActive(),
                              span.dropout.isActive() ? span.dropout.generatorKey(s) : 0,
                              layer,
                              span.cancellation),
                          head,
                          firstQuery,
                          endQuery);
                }));
  }
}
