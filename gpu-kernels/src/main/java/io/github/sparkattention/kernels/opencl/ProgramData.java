package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.Linear;
import io.github.sparkattention.kernels.Output;
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
import java.util.concurrent.ConcurrentHashMap;

/**
 * A program as the device code reads it: the table of its steps, and its weights, transposed, so
 * that neighbouring work items read neighbouring values.
 *
 * <p>An attention step whose weights may be asked for has a second entry in the table, which writes
 * them; it runs right after the step, while the step's slots are still there.
 */
final class ProgramData {
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
  private final Map<Object, Long> held = new ConcurrentHashMap<>();
  private volatile boolean closed;

  ProgramData(Program program, Tensors tensors) {
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
    weights = new float[weightsLength(program)];
    int weightsAt = 0;
    int layer = 0;
    for (int entry = 0; entry < stepOf.size(); entry++) {
      Step step = program.steps().get(stepOf.get(entry));
      describeSlots(entry, step);
      if (step instanceof Project project) {
        weightsAt = describe(entry, project, tensors, weightsAt);
      } else if (step instanceof Attend attend) {
        boolean writes = writesWeights(entry);
        layer += writes ? 0 : 1;
        describe(entry, attend, layer - 1, writes);
      }
    }
  }

  private static int weightsLength(Program program) {
    int length = 0;
    for (Step step : program.steps()) {
      if (step instanceof Project project) {
        int rows = Math.addExact(program.width(project.from()), 1);
        length = Math.addExact(length, Math.multiplyExact(rows, project.width()));
      }
    }
    // A buffer can't be empty.
    return Math.max(1, length);
  }

  private void describeSlots(int entry, Step step) {
    put(entry, ProgramKernel.FROM_SPACE, space(step.from()));
    put(entry, ProgramKernel.FROM_PLACE, plan.place(step.from()));
    put(entry, ProgramKernel.FROM_WIDTH, program.width(step.from()));
    put(entry, ProgramKernel.TO_SPACE, space(step.to()));
    put(entry, ProgramKernel.TO_PLACE, plan.place(step.to()));
    put(entry, ProgramKernel.TO_WIDTH, program.width(step.to()));
  }

  private int describe(int entry, Project project, Tensors tensors, int weightsAt) {
    put(entry, ProgramKernel.OPERATION, ProgramKernel.PROJECT);
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

  Program program() {
    return program;
  }

  SlotPlan plan() {
    return plan;
  }

  /** Heads of all steps whose attention is an output. */
  int tappedHeads() {
    return tappedHeads;
  }

  /** Heads of the steps of this kind before one of them. */
  int headsBefore(int step) {
    return headsBefore.get(step);
  }

  /** Entries of the table. */
  int entries() {
    return stepOf.size();
  }

  /** The program's step behind an entry of the table. */
  int stepOf(int entry) {
    return stepOf.get(entry);
  }

  /** Whether an entry writes the attention weights of the step before it. */
  boolean writesWeights(int entry) {
    return entry > 0 && stepOf.get(entry).equals(stepOf.get(entry - 1));
  }

  /** Bytes that the weights take on the device. */
  long weightBytes() {
    return (long) Float.BYTES * weights.length;
  }

  /**
   * Notes what is held for this program on the device.
   *
   * @param holder what holds it there
   * @param bytes bytes of its buffers now
   */
  void holds(Object holder, long bytes) {
    if (bytes == 0) {
      held.remove(holder);
    } else {
      held.put(holder, bytes);
    }
  }

  /** Bytes that all launch threads hold for this program, its weights among them. */
  long deviceBytes() {
    return held.values().stream().mapToLong(Long::longValue).sum();
  }

  void fill(ProgramKernel kernel) {
    kernel.weights = weights;
    kernel.steps = steps;
    kernel.stepFloats = stepFloats;
  }

  void close() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }
}
