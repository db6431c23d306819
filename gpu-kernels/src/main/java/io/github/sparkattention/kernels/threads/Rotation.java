package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Rotary;
import io.github.sparkattention.kernels.Step.Rotate;
import io.github.sparkattention.kernels.contract.Rotations;
import io.github.sparkattention.kernels.internal.loops.Kernels;
import io.github.sparkattention.kernels.threads.TokenwiseStage.TokenwiseStep;
import java.util.Arrays;

/** Rotary positions, in place. */
final class Rotation implements TokenwiseStep {
  private final Rotate step;
  private final int width;
  private final Kernels kernels;
  private final Angles angles;

  Rotation(Rotate step, Program program, Kernels kernels, Angles angles) {
    this.step = step;
    this.width = program.width(step.slot());
    this.kernels = kernels;
    this.angles = angles;
  }

  /** The cosines and sines of all positions so far; they grow with the longest sequence. */
  static final class Angles {
    /** Positions are added so many at once at least. */
    private static final int LEAST = 256;

    private final Rotary rotary;
    private volatile float[] table = new float[0];

    Angles(Rotary rotary) {
      this.rotary = rotary;
    }

    /** Floats of a position. */
    int width() {
      return 2 * rotary.pairs();
    }

    /** The table, with this many positions at least. */
    float[] upTo(int positions) {
      float[] known = table;
      return known.length >= positions * width() ? known : grow(positions);
    }

    private synchronized float[] grow(int positions) {
      int before = table.length / width();
      if (before < positions) {
        int after = Math.max(LEAST, Math.max(positions, 2 * before));
        float[] grown = Arrays.copyOf(table, Math.multiplyExact(after, width()));
        Rotations.fill(rotary, before, grown, before * width(), after - before);
        table = grown;
      }
      return table;
    }

    long bytes() {
      return (long) table.length * Float.BYTES;
    }
  }

  @Override
  public void run(Span.Block block) {
    PackedSequences batch = block.batch();
    float[] values = block.array(step.slot());
    for (int t = 0; t < block.count; t++) {
      int token = block.firstToken() + t;
      int sequence = batch.sequenceOf(token);
      float[] table = angles.upTo(batch.length(sequence));
      int angle = (token - batch.offset(sequence)) * angles.width();
      for (int head = 0; head < step.numHeads(); head++) {
        int at = block.offset(step.slot()) + t * width + head * step.rotary().headDim();
        kernels.rotate(values, at, table, angle, step.rotary().pairs());
      }
    }
  }
}
