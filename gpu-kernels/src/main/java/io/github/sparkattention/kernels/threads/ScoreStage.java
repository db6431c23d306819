package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.contract.ScoreParts;
import io.github.sparkattention.kernels.internal.loops.ScoreTable;

/** Probabilities of ids, by blocks of rows and segments of the vocabulary. */
final class ScoreStage implements Stage {
  /** Rows of a piece: packed, they stay in a core's cache while the table streams through it. */
  private static final int MOST_ROWS = 192;

  /** Rows that go through the micro-kernels together. */
  private static final int ROW_GROUP = 32;

  /** Pieces per core that are enough. */
  private static final int ENOUGH = 4;

  private final int index;
  private final Score step;
  private final Program program;
  private final ScoreTable table;
  private final ScoreParts layout;
  private final int logProbability;
  private final int topIds;
  private final int topLogProbabilities;

  ScoreStage(int index, Program program, ScoreTable table) {
    this.index = index;
    this.step = program.score(index);
    this.program = program;
    this.table = table;
    layout = new ScoreParts(step);
    logProbability = program.outputs().indexOf(new Output.LogProbability(index));
    topIds = program.outputs().indexOf(new Output.TopIds(index));
    topLogProbabilities = program.outputs().indexOf(new Output.TopLogProbabilities(index));
  }

  /** The tokens of a span that are scored, as rows one after the other. */
  @SuppressWarnings("ArrayRecordComponent") // nobody compares two
  private record Scored(float[] x, int offset, int[] targets, int count) {}

  /** Does nothing if nobody wants any of its outputs. */
  @Override
  public void run(Span span, WorkerPool pool) {
    if (!span.outputs.wantsScores(program, index)) {
      return;
    }
    Scored scored = step.rows() == Score.Rows.EACH_TOKEN ? all(span) : last(span);
    float[] parts = new float[Math.multiplyExact(scored.count, layout.rowWidth())];
    int groups = ceilDiv(scored.count, ROW_GROUP);
    int blocks = ceilDiv(groups, MOST_ROWS / ROW_GROUP);
    int cuts = Math.min(layout.segments(), ceilDiv(ENOUGH * pool.cores(), Math.max(1, blocks)));
    int width = program.width(step.from());
    pool.run(
        blocks * cuts,
        span.cancellation,
        piece -> {
          int block = piece / cuts;
          int cut = piece % cuts;
          int begin = (int) ((long) groups * block / blocks) * ROW_GROUP;
          int end =
              Math.min(scored.count, (int) ((long) groups * (block + 1) / blocks) * ROW_GROUP);
          table.score(
              new ScoreTable.Rows(
                  scored.x,
                  scored.offset + begin * width,
                  scored.targets,
                  begin,
                  end - begin,
                  layout,
                  parts,
                  begin * layout.rowWidth(),
                  span.cancellation),
              layout.segments() * cut / cuts,
              layout.segments() * (cut + 1) / cuts);
        });
    layout.finish(
        parts,
        0,
        span.batch,
        span.begin,
        span.end,
        array(span.outputs, logProbability),
        array(span.outputs, topIds),
        array(span.outputs, topLogProbabilities));
  }

  private static float[] array(Outputs outputs, int output) {
    return output < 0 ? null : outputs.array(output);
  }

  private Scored all(Span span) {
    PackedSequences batch = span.batch;
    int[] targets = new int[span.count()];
    for (int s = span.begin; s < span.end; s++) {
      for (int i = 0; i < batch.length(s); i++) {
        targets[batch.offset(s) - span.firstToken() + i] = batch.target(s, i);
      }
    }
    return new Scored(
        span.array(step.from()), span.offset(step.from(), 0), targets, targets.length);
  }

  /** A sequence without tokens has a row of zeros, of which nothing is handed over. */
  private Scored last(Span span) {
    PackedSequences batch = span.batch;
    int width = program.width(step.from());
    float[] from = span.array(step.from());
    int[] targets = new int[span.end - span.begin];
    float[] x = new float[Math.multiplyExact(targets.length, width)];
    for (int s = span.begin; s < span.end; s++) {
      int last = batch.length(s) - 1;
      int row = s - span.begin;
      targets[row] = PackedSequences.NO_TARGET;
      if (last >= 0) {
        int token = batch.offset(s) - span.firstToken() + last;
        System.arraycopy(from, span.offset(step.from(), token), x, row * width, width);
        targets[row] = batch.target(s, last);
      }
    }
    return new Scored(x, 0, targets, targets.length);
  }

  private static int ceilDiv(int value, int divisor) {
    return (value + divisor - 1) / divisor;
  }
}
