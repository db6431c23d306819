package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Pass;
import io.github.sparkattention.kernels.PassReport;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.PreparedMemory;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.SlotPlan;
import io.github.sparkattention.kernels.Step;
import io.github.sparkattention.kernels.Step.Attend;
import io.github.sparkattention.kernels.Step.Project;
import io.github.sparkattention.kernels.Tensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A program on Java threads. A batch goes through in spans of whole sequences, so that activations
 * take a bounded space; in a span each step is one loop over the pool: projections by blocks of
 * tokens, attention by ranges of queries.
 */
final class ThreadsProgram implements Prepared {
  /** Activations of a span: 32 MiB, but for a sequence that needs more by itself. */
  private static final int SPAN_FLOATS = 1 << 23;

  /** The longest array that every JVM makes. */
  private static final int MOST_FLOATS = Integer.MAX_VALUE - 8;

  /**
   * Tokens of a block, give or take a group: packed, they stay in a core's cache while panels of W
   * stream through it.
   */
  private static final int MOST_TOKENS = 48;

  /** Blocks are whole groups of rows of the micro-kernels. */
  private static final int TOKEN_GROUP = 12;

  private final Program program;
  private final SlotPlan plan;
  private final WorkerPool pool;
  private final long weightBytes;

  /** By step; null where the step is no projection. */
  private final Projection[] projections;

  /** By step, one for equal heads; null where the step does not attend. */
  private final List<ThreadLocal<HeadAttention>> attentions;

  private final Queue<float[]> rooms = new ConcurrentLinkedQueue<>();

  ThreadsProgram(Program program, Tensors tensors, WorkerPool pool, Kernels kernels) {
    this.program = program;
    this.plan = SlotPlan.of(program);
    this.pool = pool;
    this.weightBytes = tensors.bytes();
    projections = new Projection[program.steps().size()];
    Map<Heads, ThreadLocal<HeadAttention>> byHeads = new HashMap<>();
    for (int i = 0; i < projections.length; i++) {
      if (program.steps().get(i) instanceof Project project) {
        List<Linear> linears = project.maps().stream().map(tensors::linear).toList();
        projections[i] = kernels.projection(linears);
      } else if (program.steps().get(i) instanceof Attend attend) {
        byHeads.computeIfAbsent(
            attend.heads(), heads -> ThreadLocal.withInitial(() -> kernels.headAttention(heads)));
      }
    }
    attentions = new ArrayList<>();
    for (Step step : program.steps()) {
      attentions.add(step instanceof Attend attend ? byHeads.get(attend.heads()) : null);
    }
  }

  @Override
  public Program program() {
    return program;
  }

  @Override
  public Pass begin(
      PackedSequences batch, Outputs outputs, Dropout dropout, Cancellation cancellation) {
    long start = System.nanoTime();
    outputs.check(program, batch, dropout);
    Taps taps = new Taps(program, batch, outputs);
    float[] room = rooms.poll();
    long width = Math.max(1, plan.activationWidth());
    for (int begin = 0; begin < batch.count(); ) {
      int end = begin + 1;
      while (end < batch.count()
          && (batch.offset(end + 1) - batch.offset(begin)) * width <= SPAN_FLOATS) {
        end++;
      }
      int count = batch.offset(end) - batch.offset(begin);
      int size = activations(begin, count, width);
      if (room == null || room.length < size) {
        room = new float[size];
      }
      run(new Span(batch, begin, end, room, outputs), taps, dropout, cancellation);
      begin = end;
    }
    // A room that one long sequence has widened is not kept, and one per caller is.
    if (room != null && room.length <= SPAN_FLOATS) {
      rooms.add(room);
    }
    return Pass.ended(PassReport.ofThreads(System.nanoTime() - start));
  }

  /**
   * The activations of a span, which is one sequence wherever they are many.
   *
   * @throws IllegalArgumentException if no array holds them
   */
  static int activations(int sequence, int tokens, long width) {
    long floats = tokens * width;
    if (floats > MOST_FLOATS) {
      throw new IllegalArgumentException(
          String.format(
              "sequence %d of the batch, of %d tokens, has %d x %d activations, more than an array"
                  + " holds, which is %d",
              sequence, tokens, tokens, width, MOST_FLOATS));
    }
    return (int) floats;
  }

  private void run(Span span, Taps taps, Dropout dropout, Cancellation cancellation) {
    int layer = 0;
    for (int i = 0; i < projections.length; i++) {
      Step step = program.steps().get(i);
      if (step instanceof Project project) {
        project(projections[i], project, span, cancellation);
      } else if (step instanceof Attend attend) {
        attend(i, attend, layer, span, taps, dropout, cancellation);
        layer++;
      }
    }
  }

  /** Cuts the tokens into equal blocks, a multiple of the cores in number. */
  private void project(Projection projection, Project step, Span span, Cancellation cancellation) {
    int count = span.count();
    if (count == 0) {
      return;
    }
    float[] x = span.array(step.from());
    float[] y = span.array(step.to());
    float[] residual = step.residual() == Step.NONE ? null : span.array(step.residual());
    int groups = ceilDiv(count, TOKEN_GROUP);
    int blocks = Math.min(groups, ceilDiv(count, MOST_TOKENS * pool.cores()) * pool.cores());
    pool.run(
        blocks,
        cancellation,
        block -> {
          int begin = (int) ((long) groups * block / blocks) * TOKEN_GROUP;
          int end = (int) ((long) groups * (block + 1) / blocks) * TOKEN_GROUP;
          projection.apply(
              x,
              span.offset(step.from(), begin),
              Math.min(count, end) - begin,
              y,
              span.offset(step.to(), begin),
              residual,
              residual == null ? 0 : span.offset(step.residual(), begin));
        });
  }

  private void attend(
      int index,
      Attend step,
      int layer,
      Span span,
      Taps taps,
      Dropout dropout,
      Cancellation cancellation) {
    PackedSequences batch = span.batch;
    float[] projected = span.array(step.from());
    float[] joined = span.array(step.to());
    AttentionPieces pieces =
        new AttentionPieces(step.heads(), batch, span.begin, span.end, pool.cores());
    pool.run(
        pieces.count(),
        cancellation,
        piece ->
            pieces.forEach(
                piece,
                (s, head, firstQuery, endQuery) -> {
                  int token = batch.offset(s) - batch.offset(span.begin);
                  attentions
                      .get(index)
                      .get()
                      .attend(
                          new HeadAttention.Sequence(
                              projected,
                              span.offset(step.from(), token),
                              joined,
                              span.offset(step.to(), token),
                              taps.weights(index),
                              taps.weightsOffset(index, s),
                              taps.logSumExp(index),
                              batch.offset(s) * step.heads().numHeads(),
                              batch.length(s),
                              dropout.isActive(),
                              dropout.isActive() ? dropout.generatorKey(s) : 0,
                              layer,
                              cancellation),
                          head,
                          firstQuery,
                          endQuery);
                }));
  }

  private static int ceilDiv(int value, int divisor) {
    return (value + divisor - 1) / divisor;
  }

  @Override
  public PreparedMemory memory() {
    long floats = rooms.stream().mapToLong(room -> room.length).sum();
    return new PreparedMemory(weightBytes + floats * Float.BYTES, 0);
  }

  @Override
  public void close() {
    rooms.clear();
  }

  /** Some whole sequences of a batch, and where their slots are. */
  private final class Span {
    private final PackedSequences batch;
    private final int begin;
    private final int end;
    private final float[] room;
    private final float[][] results = new float[program.slots().size()][];

    Span(PackedSequences batch, int begin, int end, float[] room, Outputs outputs) {
      this.batch = batch;
      this.begin = begin;
      this.end = end;
      this.room = room;
      for (int o = 0; o < program.outputs().size(); o++) {
        if (program.outputs().get(o) instanceof Output.Values values) {
          results[values.slot()] = outputs.array(o);
        }
      }
    }

    int count() {
      return batch.offset(end) - batch.offset(begin);
    }

    float[] array(int slot) {
      return switch (plan.space(slot)) {
        case INPUT -> batch.tokens();
        case ACTIVATIONS, BLOCK -> room;
        case RESULTS -> results[slot];
      };
    }

    /** Where the row of a token begins, counted from the span's first. */
    int offset(int slot, int token) {
      int width = program.width(slot);
      return plan.space(slot) == SlotPlan.Space.ACTIVATIONS
          ? plan.place(slot) * count() + token * width
          : (batch.offset(begin) + token) * width;
    }
  }
}
