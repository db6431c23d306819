package io.github.sparkattention.kernels.threads;

import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import java.util.Arrays;

/** Where the attention of a program's steps goes, for a batch. */
final class Taps {
  private final float[][] weights;
  private final int[][] weightsOffsets;
  private final float[][] logSumExp;

  /** Clears the attention weights, of which only those that the mask shows are written. */
  Taps(Program program, PackedSequences batch, Outputs outputs) {
    int steps = program.steps().size();
    weights = new float[steps][];
    weightsOffsets = new int[steps][];
    logSumExp = new float[steps][];
    for (int o = 0; o < program.outputs().size(); o++) {
      float[] array = outputs.array(o);
      Output output = program.outputs().get(o);
      if (array != null && output instanceof Output.AttentionWeights tap) {
        int[] offsets = offsets(batch, program.attend(tap.step()).heads().numHeads());
        Arrays.fill(array, 0, offsets[batch.count()], 0f);
        weights[tap.step()] = array;
        weightsOffsets[tap.step()] = offsets;
      } else if (output instanceof Output.LogSumExp tap) {
        logSumExp[tap.step()] = array;
      }
    }
  }

  /** Where each sequence's attention weights start; all of them fit an array. */
  private static int[] offsets(PackedSequences batch, int numHeads) {
    int[] offsets = new int[batch.count() + 1];
    for (int s = 0; s < batch.count(); s++) {
      offsets[s + 1] = offsets[s] + numHeads * batch.length(s) * batch.length(s);
    }
    return offsets;
  }

  /** The array for a step's attention weights, or null if nobody wants them. */
  float[] weights(int step) {
    return weights[step];
  }

  int weightsOffset(int step, int sequence) {
    return weightsOffsets[step] == null ? 0 : weightsOffsets[step][sequence];
  }

  /** The array for a step's log-sum-exps, or null if nobody wants them. */
  float[] logSumExp(int step) {
    return logSumExp[step];
  }
}
