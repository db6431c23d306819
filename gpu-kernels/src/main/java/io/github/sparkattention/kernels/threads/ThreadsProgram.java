package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Pass;
import io.github.sparkattention.kernels.PassReport;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.PreparedMemory;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Rotary;
import io.github.sparkattention.kernels.SlotPlan;
import io.github.sparkattention.kernels.Step;
import io.github.sparkattention.kernels.Step.Attend;
import io.github.sparkattention.kernels.Step.Embed;
import io.github.sparkattention.kernels.Step.Normalize;
import io.github.sparkattention.kernels.Step.Project;
import io.github.sparkattention.kernels.Step.Rotate;
import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.Step.Table;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.contract.ScoreParts;
import io.github.sparkattention.kernels.internal.loops.HeadAttention;
import io.github.sparkattention.kernels.internal.loops.Kernels;
import io.github.sparkattention.kernels.internal.loops.Normalization;
import io.github.sparkattention.kernels.internal.loops.Projection;
import io.github.sparkattention.kernels.internal.loops.Projection.Beside;
import io.github.sparkattention.kernels.internal.loops.ScoreTable;
import io.github.sparkattention.kernels.threads.TokenwiseStage.TokenwiseStep;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A program on Java threads. A batch goes through in spans of whole sequences, so that activations
 * take a bounded space; a span goes through stage by stage, each one loop over the pool: tokenwise
 * steps by blocks of tokens, attention by ranges of queries, scores by segments of the vocabulary.
 */
final class ThreadsProgram implements Prepared {
  /** The longest array that every JVM makes. */
  private static final int MOST_FLOATS = Integer.MAX_VALUE - 8;

  private final Program program;
  private final SlotPlan plan;
  private final WorkerPool pool;
  private final long weightBytes;
  private final List<Stage> stages;

  private final Map<Rotary, Rotation.Angles> angles = new HashMap<>();
  private final Rooms rooms;

  ThreadsProgram(Program program, Tensors tensors, WorkerPool pool, Kernels kernels) {
    this.program = program;
    this.plan = SlotPlan.of(program, stageOfEachStep(program));
    this.pool = pool;
    this.weightBytes = tensors.bytes();
    this.stages = new Laying(tensors, kernels).stages();
    this.rooms = new Rooms(tokensOfFullBlocks() * plan.activationWidth());
  }

  /** Steps that follow one another go together as long as they are tokenwise. */
  private static int[] stageOfEachStep(Program program) {
    int[] stages = new int[program.steps().size()];
    for (int i = 1; i < stages.length; i++) {
      boolean together =
          program.steps().get(i).isTokenwise() && program.steps().get(i - 1).isTokenwise();
      stages[i] = stages[i - 1] + (together ? 0 : 1);
    }
    return stages;
  }

  /** Tokens of a span that give each core a block of the size that suits the weights. */
  private long tokensOfFullBlocks() {
    return stages.stream().mapToLong(Stage::blockTokens).max().orElse(0) * pool.cores();
  }

  /** Floats per token of the parts of scores, which a span holds beside its activations. */
  private long partsWidth(Outputs outputs) {
    long width = 0;
    for (int i = 0; i < program.steps().size(); i++) {
      if (program.steps().get(i) instanceof Score score
          && score.rows() == Score.Rows.EACH_TOKEN
          && outputs.wantsScores(program, i)) {
        width += new ScoreParts(score).rowWidth();
      }
    }
    return width;
  }

  /** The stages while weights are laid out for them; equal parts are laid out once. */
  private final class Laying {
    private final Tensors tensors;
    private final Kernels kernels;
    private final Map<Heads, ThreadLocal<HeadAttention>> attentions = new HashMap<>();
    private final Map<Table, ScoreTable> tables = new HashMap<>();
    private final List<Stage> stages = new ArrayList<>();
    private final List<TokenwiseStep> together = new ArrayList<>();

    /** Bytes of the weights of the steps that go together. */
    private long bytesTogether;

    private int layer;

    Laying(Tensors tensors, Kernels kernels) {
      this.tensors = tensors;
      this.kernels = kernels;
    }

    List<Stage> stages() {
      for (Step step : program.steps()) {
        if (step instanceof Score score) {
          tables.computeIfAbsent(score.table(), table -> table(score));
        }
      }
      for (int i = 0; i < program.steps().size(); i++) {
        add(i, program.steps().get(i));
      }
      endTokenwise();
      return List.copyOf(stages);
    }

    private ScoreTable table(Score score) {
      return kernels.scoreTable(
          tensors.values(score.table().weightName()),
          score.table().rows(),
          program.width(score.from()));
    }

    private void add(int index, Step step) {
      if (step instanceof Embed embed) {
        together.add(new Embedding(embed, program, tensors, tables.get(embed.tokens())));
      } else if (step instanceof Normalize normalize) {
        together.add(normalize(normalize));
      } else if (step instanceof Project project) {
        together.add(project(project));
      } else if (step instanceof Rotate rotate) {
        Rotation.Angles turns = angles.computeIfAbsent(rotate.rotary(), Rotation.Angles::new);
        together.add(new Rotation(rotate, program, kernels, turns));
      } else if (step instanceof Attend attend) {
        endTokenwise();
        ThreadLocal<HeadAttention> attention =
            attentions.computeIfAbsent(attend.heads(), heads -> perThread(kernels, heads));
        stages.add(new AttendStage(index, attend, layer++, attention));
      } else if (step instanceof Score score) {
        endTokenwise();
        stages.add(new ScoreStage(index, program, tables.get(score.table())));
      }
    }

    /** Static, since what stays must not hold the tensors by way of this object. */
    private static ThreadLocal<HeadAttention> perThread(Kernels kernels, Heads heads) {
      return ThreadLocal.withInitial(() -> kernels.headAttention(heads));
    }

    private void endTokenwise() {
      if (!together.isEmpty()) {
        stages.add(new TokenwiseStage(together, bytesTogether));
        together.clear();
        bytesTogether = 0;
      }
    }

    private TokenwiseStep normalize(Normalize step) {
      Normalization normalization =
          kernels.normalization(
              step.norm(),
              tensors.values(step.gainName()),
              step.norm().hasShift() ? tensors.values(step.shiftName()) : null);
      return block ->
          normalization.apply(
              block.array(step.from()),
              block.offset(step.from()),
              block.count,
              block.array(step.to()),
              block.offset(step.to()));
    }

    private TokenwiseStep project(Project step) {
      List<Linear> linears = step.maps().stream().map(tensors::linear).toList();
      Projection projection = kernels.projection(linears, step.activation());
      for (Linear linear : linears) {
        bytesTogether += (long) Float.BYTES * linear.weight().length;
      }
      return block ->
          projection.apply(
              block.array(step.from()),
              block.offset(step.from()),
              block.count,
              block.array(step.to()),
              block.offset(step.to()),
              beside(block, step.gate()),
              beside(block, step.residual()));
    }

    private static Beside beside(Span.Block block, int slot) {
      return slot == Step.NONE ? Beside.NOTHING : new Beside(block.array(slot), block.offset(slot));
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
    Span.Whole pass =
        new Span.Whole(
            program,
            plan,
            batch,
            outputs,
            new Taps(program, batch, outputs),
            dropout,
            cancellation);
    long width = Math.max(1, plan.activationWidth());
    long partsWidth = partsWidth(outputs);
    for (int begin = 0; begin < batch.count(); ) {
      // More than one sequence takes no more than a share.
      activations(begin, batch.length(begin), width);
      activations(begin, batch.length(begin), partsWidth);
      long share = rooms.reserve();
      int end = begin + 1;
      while (end < batch.count()
          && (batch.offset(end + 1) - batch.offset(begin)) * (width + partsWidth) <= share) {
        end++;
      }
      long floats = (batch.offset(end) - batch.offset(begin)) * width;
      run(pass, begin, end, rooms.take((int) floats, share));
      begin = end;
    }
    return Pass.ended(PassReport.ofThreads(System.nanoTime() - start));
  }

  private void run(Span.Whole pass, int begin, int end, float[] room) {
    boolean done = false;
    try {
      Span span = new Span(pass, begin, end, room);
      stages.forEach(stage -> stage.run(span, pool));
      done = true;
    } finally {
      // After a failure, other threads may still be at work in the room.
      if (done) {
        rooms.giveBack(room);
      } else {
        rooms.forget(room);
      }
    }
  }

  /**
   * The activations of a sequence.
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

  @Override
  public PreparedMemory memory() {
    long turns = angles.values().stream().mapToLong(Rotation.Angles::bytes).sum();
    return new PreparedMemory(weightBytes + turns + rooms.idleBytes(), 0);
  }

  @Override
  public void close() {
    rooms.clear();
  }
}
