package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.SlotPlan;
import io.github.sparkattention.kernels.SlotPlan.Space;
import io.github.sparkattention.kernels.internal.loops.Scratch;

/**
 * Some whole sequences of a batch that go through all stages together, and where their slots are.
 */
final class Span {
  final PackedSequences batch;

  /** The first sequence. */
  final int begin;

  /** The end of the sequences. */
  final int end;

  final Outputs outputs;
  final Taps taps;
  final Dropout dropout;
  final Cancellation cancellation;
  private final Program program;
  private final SlotPlan plan;
  private final float[] room;

  /**
   * Takes sequences of a pass.
   *
   * @param pass what all spans of the pass share
   * @param begin first sequence
   * @param end end of the sequences
   * @param room the activations
   */
  Span(Whole pass, int begin, int end, float[] room) {
    this.program = pass.program;
    this.plan = pass.plan;
    this.batch = pass.batch;
    this.outputs = pass.outputs;
    this.taps = pass.taps;
    this.dropout = pass.dropout;
    this.cancellation = pass.cancellation;
    this.begin = begin;
    this.end = end;
    this.room = room;
  }

  /** What all spans of a pass share. */
  record Whole(
      Program program,
      SlotPlan plan,
      PackedSequences batch,
      Outputs outputs,
      Taps taps,
      Dropout dropout,
      Cancellation cancellation) {}

  /** Number of tokens. */
  int count() {
    return batch.offset(end) - batch.offset(begin);
  }

  /** Index in the batch of the first token. */
  int firstToken() {
    return batch.offset(begin);
  }

  /** The array of a slot that the whole span has. */
  float[] array(int slot) {
    return switch (plan.space(slot)) {
      case INPUT -> batch.tokens();
      case ACTIVATIONS -> room;
      case RESULTS -> results(slot);
      case BLOCK -> throw new IllegalStateException("a block of tokens has slot " + slot);
    };
  }

  private float[] results(int slot) {
    for (int o = 0; o < program.outputs().size(); o++) {
      if (program.outputs().get(o).equals(new Output.Values(slot))) {
        return outputs.array(o);
      }
    }
    throw new IllegalStateException("slot " + slot + " is no output");
  }

  /** Where the row of a token begins, counted from the span's first. */
  int offset(int slot, int token) {
    int width = program.width(slot);
    return plan.space(slot) == Space.ACTIVATIONS
        ? plan.place(slot) * count() + token * width
        : (firstToken() + token) * width;
  }

  /** A block of tokens on its way through a stage; it belongs to one thread. */
  final class Block {
    /** The first token, counted from the span's first. */
    final int begin;

    /** Number of tokens. */
    final int count;

    private final float[] own;

    Block(int begin, int end) {
      this.begin = begin;
      this.count = end - begin;
      own = Scratch.current().block(count * plan.blockWidth());
    }

    PackedSequences batch() {
      return batch;
    }

    /** Index in the batch of the first token. */
    int firstToken() {
      return Span.this.firstToken() + begin;
    }

    /** The array that holds the rows of these tokens. */
    float[] array(int slot) {
      return plan.space(slot) == Space.BLOCK ? own : Span.this.array(slot);
    }

    /** Where the first token's row begins there. */
    int offset(int slot) {
      return plan.space(slot) == Space.BLOCK
          ? plan.place(slot) * count
          : Span.this.offset(slot, begin);
    }
  }
}
