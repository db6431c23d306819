package io.github.sparkattention.kernels;

/**
 * The arrays that a pass fills, one for each {@link Output} of its program. They belong to the
 * caller, and may be longer than needed.
 */
public final class Outputs {
  private final float[][] arrays;

  private Outputs(float[][] arrays) {
    this.arrays = arrays;
  }

  /**
   * Asks for outputs.
   *
   * @param arrays an array for each output of the program, in their order; null, or left out at the
   *     end, for attention weights and log-sum-exps that are not wanted
   * @return the outputs
   */
  public static Outputs of(float[]... arrays) {
    return new Outputs(arrays.clone());
  }

  /**
   * The array of an output.
   *
   * @param output index of the output
   * @return the borrowed array, or null if the output is not wanted
   */
  public float[] array(int output) {
    return output < arrays.length ? arrays[output] : null;
  }

  /**
   * Whether any output of a kind is wanted.
   *
   * @param program the program whose outputs these are
   * @param kind the kind
   * @return whether there is an array for one
   */
  public boolean wants(Program program, Class<? extends Output> kind) {
    for (int o = 0; o < program.outputs().size(); o++) {
      if (array(o) != null && kind.isInstance(program.outputs().get(o))) {
        return true;
      }
    }
    return false;
  }

  /**
   * The number of attention weights of a batch.
   *
   * @param batch the batch
   * @param numHeads number of query heads
   * @return the sum over the sequences of numHeads · n · n
   */
  public static long weightsLength(PackedSequences batch, int numHeads) {
    long length = 0;
    for (int s = 0; s < batch.count(); s++) {
      length += (long) batch.length(s) * batch.length(s) * numHeads;
    }
    return length;
  }

  /**
   * Checks that a batch fits a program, and the arrays the batch.
   *
   * @param program what is computed
   * @param batch what it is computed on
   * @param dropout the draws that drop attention weights
   * @throws IllegalArgumentException if a sequence is too long, a token has another width, or an
   *     array is too short; the message says what was expected
   */
  public void check(Program program, PackedSequences batch, Dropout dropout) {
    if (batch.width() != program.inputWidth()) {
      throw new IllegalArgumentException(
          String.format(
              "a token must have %d values (dIn), but has %d",
              program.inputWidth(), batch.width()));
    }
    for (int s = 0; s < batch.count(); s++) {
      if (program.contextLength() > 0 && batch.length(s) > program.contextLength()) {
        throw new IllegalArgumentException(
            String.format(
                "sequence %d has %d tokens, more than the context length of %d",
                s, batch.length(s), program.contextLength()));
      }
    }
    for (int i = 0; i < program.outputs().size(); i++) {
      check(program, program.outputs().get(i), array(i), batch);
    }
    if (dropout.isActive() && dropout.count() < batch.count()) {
      throw new IllegalArgumentException(
          String.format(
              "dropout needs one key per sequence, but there are %d keys for %d sequences",
              dropout.count(), batch.count()));
    }
  }

  private static void check(Program program, Output output, float[] array, PackedSequences batch) {
    if (output instanceof Output.Values values) {
      long needed = (long) batch.total() * program.width(values.slot());
      atLeast("context vectors", array == null ? 0 : array.length, needed);
    } else if (array != null && output instanceof Output.AttentionWeights weights) {
      int numHeads = program.attend(weights.step()).heads().numHeads();
      atLeast("attention weights", array.length, weightsLength(batch, numHeads));
    } else if (array != null && output instanceof Output.LogSumExp logSumExp) {
      int numHeads = program.attend(logSumExp.step()).heads().numHeads();
      atLeast("log-sum-exp", array.length, (long) batch.total() * numHeads);
    }
  }

  private static void atLeast(String what, int found, long needed) {
    if (found < needed) {
      throw new IllegalArgumentException(
          String.format("the batch has %d %s values, but the array %d", needed, what, found));
    }
  }
}
