package io.github.sparkattention.kernels.internal.device;

import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.contract.ScoreParts;

/** What callers get of a scoring step, which the host makes of the parts that a device computed. */
public final class ScoreOutputs {
  private static final int KINDS = 3;
  private static final int NO_KIND = -1;

  private ScoreOutputs() {}

  /** Whether any output of a scoring step is wanted. */
  static boolean areWanted(Program program, int step, Outputs outputs) {
    for (int o = 0; o < program.outputs().size(); o++) {
      if (outputs.array(o) != null && kind(program.outputs().get(o), step) != NO_KIND) {
        return true;
      }
    }
    return false;
  }

  /**
   * Writes the outputs of a scoring step for some sequences.
   *
   * @param program the program
   * @param step index of the step
   * @param parts the parts; those of empty sequences are not read
   * @param at where the first row's parts begin
   * @param batch the batch
   * @param begin first sequence
   * @param end end of the sequences
   * @param outputs receives them
   */
  public static void write(
      Program program,
      int step,
      float[] parts,
      int at,
      PackedSequences batch,
      int begin,
      int end,
      Outputs outputs) {
    ScoreParts layout = new ScoreParts(program.score(step));
    float[][] arrays = new float[KINDS][];
    for (int o = 0; o < program.outputs().size(); o++) {
      int kind = kind(program.outputs().get(o), step);
      if (kind != NO_KIND && outputs.array(o) != null) {
        if (arrays[kind] != null) {
          // Asked for twice. All at once is cheaper, since each time takes the same logarithms.
          layout.finish(parts, at, batch, begin, end, arrays[0], arrays[1], arrays[2]);
          arrays = new float[KINDS][];
        }
        arrays[kind] = outputs.array(o);
      }
    }
    layout.finish(parts, at, batch, begin, end, arrays[0], arrays[1], arrays[2]);
  }

  /** Which of the arrays that {@link ScoreParts#finish} takes an output is. */
  private static int kind(Output output, int step) {
    if (output instanceof Output.LogProbability probability && probability.step() == step) {
      return 0;
    }
    if (output instanceof Output.TopIds ids && ids.step() == step) {
      return 1;
    }
    return output instanceof Output.TopLogProbabilities probabilities
            && probabilities.step() == step
        ? 2
        : NO_KIND;
  }
}
