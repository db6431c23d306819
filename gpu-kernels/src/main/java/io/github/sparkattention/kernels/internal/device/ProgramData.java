package io.github.sparkattention.kernels.internal.device;

import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.Norm;
import io.github.sparkattention.kernels.Output;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;

/**
 * A program as the device code reads it: the table of its steps, and its weights in one array.
 * Those of projections are transposed, so that neighbouring work items read neighbouring values.
 * Tables of ids lie row by row, once for all steps that name them: embedding reads a row's values
 * side by side, and scoring reads rows in pieces, as attention reads keys.
 *
 * <p>An attention step whose weights may be asked for has a second entry in the table, which writes
 * them; it runs right after the step, while the step's slots are still there.
 */
public final class ProgramData {
  private final Program program;
  private final SlotPlan plan;
  private final int[] steps;
  private final float[] stepFloats;
  private final float[] weights;

  /** By entry of the table: the program's step. */
  private final List<Integer> stepOf = new ArrayList<>();

  /** By step whose attention is an output: how many heads the steps of this kind before it have. */
  private final Map<Integer, Integer> headsBefore = new HashMap<>();

  private int tappedHeads;

  /** By name: where a table begins among the weights. */
  private final Map<String, Integer> tables = new HashMap<>();

  /** The angles of all rotations, each once. */
  private final List<Rotary> rotaries = new ArrayList<>();

  private int rotationWidth;
  private long partsPerToken;
  private long partsPerSequence;
  private boolean needsPositions;
  private boolean needsTypes;
  private boolean needsTargets;
  private boolean needsLastTokens;
  private final Map<Object, Long> held = new ConcurrentHashMap<>();
  private volatile boolean closed;

  public ProgramData(Program program, Tensors tensors) {
    this.program = program;
    plan = SlotPlan.of(program);
    for (int i = 0; i < program.steps().size(); i++) {
      stepOf.add(i);
      boolean hasWeights = program.outputs().contains(new Output.AttentionWeights(i));
      if (hasWeights || program.outputs().contains(new Output.LogSumExp(i))) {
        headsBefore.put(i, tappedHeads);
        tappedHeads = Math.addExact(tappedHeads, program.attend(i).heads().numHeads());
      }
      if (hasWeights) {
        stepOf.add(i);
      }
    }
    steps = new int[stepOf.size() * ProgramKernel.STEP_INTS];
    stepFloats = new float[stepOf.size() * ProgramKernel.STEP_FLOATS];
    weights = new float[Math.toIntExact(weightsLength(program))];
    int weightsAt = 0;
    int layer = 0;
    for (int entry = 0; entry < stepOf.size(); entry++) {
      Step step = program.steps().get(stepOf.get(entry));
      describeSlots(entry, step);
      if (step instanceof Project project) {
        weightsAt = describe(entry, project, tensors, weightsAt);
      } else if (step instanceof Embed embed) {
        weightsAt = describe(entry, embed, tensors, weightsAt);
      } else if (step instanceof Normalize normalize) {
        weightsAt = describe(entry, normalize, tensors, weightsAt);
      } else if (step instanceof Rotate rotate) {
        describe(entry, rotate);
      } else if (step instanceof Score score) {
        weightsAt = describe(entry, score, tensors, weightsAt);
      } else if (step instanceof Attend attend) {
        boolean writes = writesWeights(entry);
        layer += writes ? 0 : 1;
        describe(entry, attend, layer - 1, writes);
      }
    }
  }

  /**
   * The size of a program's weights.
   *
   * @return number of floats, at least 1, since a buffer can't be empty
   */
  public static long weightsLength(Program program) {
    Map<String, Long> tables = new HashMap<>();
    long length = 0;
    for (Step step : program.steps()) {
      if (step instanceof Project project) {
        length += (program.width(project.from()) + 1L) * project.width();
      } else if (step instanceof Normalize normalize) {
        length += 2L * program.width(normalize.to());
      } else if (step instanceof Embed embed) {
        int width = program.width(embed.to());
        for (Table table : Arrays.asList(embed.tokens(), embed.positions(), embed.types())) {
          if (table != null) {
            tables.put(table.name(), (long) table.rows() * width);
          }
        }
      } else if (step instanceof Score score) {
        tables.put(score.table().name(), (long) score.table().rows() * program.width(score.from()));
      }
    }
    for (long table : tables.values()) {
      length += table;
    }
    return Math.max(1, length);
  }

  private void describeSlots(int entry, Step step) {
    put(entry, ProgramKernel.FROM_SPACE, space(step.from()));
    put(entry, ProgramKernel.FROM_PLACE, plan.place(step.from()));
    put(entry, ProgramKernel.FROM_WIDTH, program.width(step.from()));
    if (step.to() != Step.NONE) {
      put(entry, ProgramKernel.TO_SPACE, space(step.to()));
      put(entry, ProgramKernel.TO_PLACE, plan.place(step.to()));
      put(entry, ProgramKernel.TO_WIDTH, program.width(step.to()));
    }
  }

  private int describe(int entry, Project project, Tensors tensors, int weightsAt) {
    put(entry, ProgramKernel.OPERATION, ProgramKernel.PROJECT);
    put(entry, ProgramKernel.ACTIVATION, activation(project.activation()));
    if (project.gate() != Step.NONE) {
      put(entry, ProgramKernel.GATE_SPACE, space(project.gate()));
      put(entry, ProgramKernel.GATE_PLACE, plan.place(project.gate()));
    }
    if (project.residual() != Step.NONE) {
      put(entry, ProgramKernel.RESIDUAL_SPACE, space(project.residual()));
      put(entry, ProgramKernel.RESIDUAL_PLACE, plan.place(project.residual()));
    }
    int width = project.width();
    int bias = weightsAt + program.width(project.from()) * width;
    put(entry, ProgramKernel.WEIGHTS, weightsAt);
    put(entry, ProgramKernel.BIAS, bias);
    int column = 0;
    for (Step.Map map : project.maps()) {
      Linear linear = tensors.linear(map);
      for (int o = 0; o < linear.outFeatures(); o++, column++) {
        for (int i = 0; i < linear.inFeatures(); i++) {
          weights[weightsAt + i * width + column] = linear.weight()[o * linear.inFeatures() + i];
        }
        weights[bias + column] = linear.hasBias() ? linear.bias()[o] : 0f;
      }
    }
    return bias + width;
  }

  private static int activation(Activation activation) {
    return switch (activation) {
      case NONE -> ProgramKernel.NO_ACTIVATION;
      case GELU_TANH -> ProgramKernel.GELU_TANH;
      case GELU_ERF -> ProgramKernel.GELU_ERF;
      case SILU -> ProgramKernel.SILU;
      case RELU -> ProgramKernel.RELU;
    };
  }

  private int describe(int entry, Embed embed, Tensors tensors, int weightsAt) {
    put(entry, ProgramKernel.OPERATION, ProgramKernel.EMBED);
    int at = putTable(entry, ProgramKernel.WEIGHTS, embed.tokens(), tensors, weightsAt);
    at = putTable(entry, ProgramKernel.POSITION_TABLE, embed.positions(), tensors, at);
    needsPositions |= embed.positions() != null;
    needsTypes |= embed.types() != null;
    return putTable(entry, ProgramKernel.TYPE_TABLE, embed.types(), tensors, at);
  }

  /** Notes where a table is, and returns where the weights go on. */
  private int putTable(int entry, int field, Table table, Tensors tensors, int weightsAt) {
    if (table == null) {
      put(entry, field, ProgramKernel.NO_TABLE);
      return weightsAt;
    }
    Integer before = tables.putIfAbsent(table.name(), weightsAt);
    if (before != null) {
      put(entry, field, before);
      return weightsAt;
    }
    put(entry, field, weightsAt);
    return copy(tensors.values(table.weightName()), weightsAt);
  }

  private int copy(float[] values, int weightsAt) {
    System.arraycopy(values, 0, weights, weightsAt, values.length);
    return weightsAt + values.length;
  }

  private int describe(int entry, Normalize normalize, Tensors tensors, int weightsAt) {
    int width = program.width(normalize.to());
    put(entry, ProgramKernel.OPERATION, ProgramKernel.NORMALIZE);
    put(entry, ProgramKernel.CENTERS, normalize.norm().kind() == Norm.Kind.LAYER ? 1 : 0);
    put(entry, ProgramKernel.WEIGHTS, weightsAt);
    put(entry, ProgramKernel.BIAS, weightsAt + width);
    int at = entry * ProgramKernel.STEP_FLOATS;
    stepFloats[at + ProgramKernel.EPSILON] = normalize.norm().epsilon();
    stepFloats[at + ProgramKernel.INVERSE_WIDTH] = (float) (1.0 / width);
    int shift = copy(tensors.values(normalize.gainName()), weightsAt);
    if (normalize.norm().hasShift()) {
      copy(tensors.values(normalize.shiftName()), shift);
    }
    return shift + width;
  }

  private void describe(int entry, Rotate rotate) {
    put(entry, ProgramKernel.OPERATION, ProgramKernel.ROTATE);
    put(entry, ProgramKernel.HEAD_DIM, rotate.rotary().headDim());
    put(entry, ProgramKernel.NUM_HEADS, rotate.numHeads());
    needsPositions = true;
    if (!rotaries.contains(rotate.rotary())) {
      rotaries.add(rotate.rotary());
      rotationWidth = Math.addExact(rotationWidth, rotate.rotary().headDim());
    }
    int place = 0;
    for (Rotary before : rotaries.subList(0, rotaries.indexOf(rotate.rotary()))) {
      place += before.headDim();
    }
    put(entry, ProgramKernel.ROTATION_PLACE, place);
  }

  private int describe(int entry, Score score, Tensors tensors, int weightsAt) {
    ScoreParts layout = new ScoreParts(score);
    put(entry, ProgramKernel.OPERATION, ProgramKernel.SCORE);
    put(entry, ProgramKernel.VOCABULARY, score.table().rows());
    put(entry, ProgramKernel.TOP, score.top());
    put(entry, ProgramKernel.SEGMENTS, layout.segments());
    put(entry, ProgramKernel.PARTS_PER_TOKEN, Math.toIntExact(partsPerToken));
    put(entry, ProgramKernel.PARTS_PER_SEQUENCE, Math.toIntExact(partsPerSequence));
    needsTargets = true;
    if (score.rows() == Score.Rows.LAST_TOKEN) {
      put(entry, ProgramKernel.LAST_TOKENS, 1);
      needsLastTokens = true;
      partsPerSequence += layout.rowWidth();
    } else {
      partsPerToken += layout.rowWidth();
    }
    return putTable(entry, ProgramKernel.WEIGHTS, score.table(), tensors, weightsAt);
  }

  private void describe(int entry, Attend attend, int layer, boolean writesWeights) {
    Heads settings = attend.heads();
    put(
        entry,
        ProgramKernel.OPERATION,
        writesWeights ? ProgramKernel.WRITE_WEIGHTS : ProgramKernel.ATTEND);
    put(entry, ProgramKernel.HEAD_DIM, settings.headDim());
    put(entry, ProgramKernel.NUM_HEADS, settings.numHeads());
    put(entry, ProgramKernel.KV_GROUP, settings.numHeads() / settings.numKvHeads());
    put(entry, ProgramKernel.KEY_COLUMN, settings.dOut());
    put(entry, ProgramKernel.VALUE_COLUMN, settings.dOut() + settings.kvWidth());
    put(entry, ProgramKernel.CAUSAL, settings.causal() ? 1 : 0);
    put(entry, ProgramKernel.WINDOW, settings.slidingWindow());
    put(entry, ProgramKernel.LAYER, layer);
    put(entry, ProgramKernel.DROP_THRESHOLD, Dropout.threshold(settings.dropout()));
    put(
        entry,
        ProgramKernel.HEADS_BEFORE,
        headsBefore.getOrDefault(stepOf.get(entry), ProgramKernel.NOT_TAPPED));
    int at = entry * ProgramKernel.STEP_FLOATS;
    stepFloats[at + ProgramKernel.QUERY_SCALE] = settings.queryScale();
    stepFloats[at + ProgramKernel.CAP] = settings.base2Cap();
    stepFloats[at + ProgramKernel.KEPT_SCALE] = Dropout.keptScale(settings.dropout());
  }

  private int space(int slot) {
    return switch (plan.space(slot)) {
      case INPUT -> ProgramKernel.IN_INPUT;
      case ACTIVATIONS, BLOCK -> ProgramKernel.IN_ACTIVATIONS;
      case RESULTS -> ProgramKernel.IN_RESULTS;
    };
  }

  private void put(int entry, int field, int value) {
    steps[entry * ProgramKernel.STEP_INTS + field] = value;
  }

  public Program program() {
    return program;
  }

  public SlotPlan plan() {
    return plan;
  }

  /** Heads of all steps whose attention is an output. */
  public int tappedHeads() {
    return tappedHeads;
  }

  /** Heads of the steps of this kind before one of them. */
  public int headsBefore(int step) {
    return headsBefore.get(step);
  }

  /** The entries of the table that a launch runs, pass by pass; none if it wants nothing. */
  public int[] entries(Launch launch) {
    return IntStream.range(0, stepOf.size()).filter(entry -> runs(entry, launch)).toArray();
  }

  /** The program's step behind an entry of the table. */
  public int stepOf(int entry) {
    return stepOf.get(entry);
  }

  /** Whether an entry writes the attention weights of the step before it. */
  boolean writesWeights(int entry) {
    return entry > 0 && stepOf.get(entry).equals(stepOf.get(entry - 1));
  }

  /** Whether an entry computes anything that a launch wants, or that later entries read. */
  private boolean runs(int entry, Launch launch) {
    return scores(entry)
        ? ScoreOutputs.areWanted(program, stepOf(entry), launch.outputs())
        : launch.wantsWeights() || !writesWeights(entry);
  }

  /** Whether an entry scores ids. */
  public boolean scores(int entry) {
    return program.steps().get(stepOf(entry)) instanceof Score;
  }

  /** The angles of all rotations, in the order in which their tables lie. */
  public List<Rotary> rotaries() {
    return rotaries;
  }

  /** Floats per position of all rotations. */
  public int rotationWidth() {
    return rotationWidth;
  }

  /** Whether rotations or embeddings ask for a token's position in its sequence. */
  public boolean needsPositions() {
    return needsPositions;
  }

  /** Whether embeddings ask for a token's type. */
  public boolean needsTypes() {
    return needsTypes;
  }

  /** Whether scores ask for a token's target. */
  public boolean needsTargets() {
    return needsTargets;
  }

  /** Whether scores ask for the last token of each sequence. */
  public boolean needsLastTokens() {
    return needsLastTokens;
  }

  /** Floats that all scoring steps keep. */
  public long partsLength(long tokens, long sequences) {
    return partsPerToken * tokens + partsPerSequence * sequences;
  }

  /** Where the parts of a scoring entry's first row begin. */
  public int partsBefore(int entry, int tokens, int sequences) {
    int at = entry * ProgramKernel.STEP_INTS;
    return steps[at + ProgramKernel.PARTS_PER_TOKEN] * tokens
        + steps[at + ProgramKernel.PARTS_PER_SEQUENCE] * sequences;
  }

  /** Ints that tokens and sequences have in place of values. */
  public long tokenInts(long tokens, long sequences) {
    int perToken =
        (program.readsIds() ? 1 : 0)
            + (needsTypes ? 1 : 0)
            + (needsPositions ? 1 : 0)
            + (needsTargets ? 1 : 0);
    return perToken * tokens + (needsLastTokens ? sequences : 0);
  }

  /** Bytes that the weights take on the device. */
  public long weightBytes() {
    return (long) Float.BYTES * weights.length;
  }

  /**
   * Notes what is held for this program on the device.
   *
   * @param holder what holds it there
   * @param bytes bytes of its buffers now
   */
  public void holds(Object holder, long bytes) {
    if (bytes == 0) {
      held.remove(holder);
    } else {
      held.put(holder, bytes);
    }
  }

  /** Bytes that all launch threads hold for this program, its weights among them. */
  public long deviceBytes() {
    return held.values().stream().mapToLong(Long::longValue).sum();
  }

  public void fill(ProgramKernel kernel) {
    kernel.weights = weights;
    kernel.steps = steps;
    kernel.stepFloats = stepFloats;
  }

  public void close() {
    closed = true;
  }

  public boolean isClosed() {
    return closed;
  }
}
