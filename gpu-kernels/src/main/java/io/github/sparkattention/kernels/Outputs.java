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
   *     end, for what is not wanted; {@link Output.Values} are always wanted
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
   * Whether any output of a scoring step is wanted; a backend computes no others.
   *
   * @param program the program whose outputs these are
   * @param step index of the step, a {@link Step.Score}
   * @return whether there is an array for one
   */
  public boolean wantsScores(Program program, int step) {
    for (int o = 0; o < program.outputs().size(); o++) {
      Output output = program.outputs().get(o);
      boolean ofStep =
          output.equals(new Output.LogProbability(step))
              || output.equals(new Output.TopIds(step))
              || output.equals(new Output.TopLogProbabilities(step));
      if (ofStep && array(o) != null) {
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
    if (batch.hasIds() != program.readsIds()) {
      throw new IllegalArgumentException(
          String.format(
              "tokens must be %s, but are %s", kind(program.readsIds()), kind(batch.hasIds())));
    }
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
    for (Step step : program.steps()) {
      if (step instanceof Step.Embed embed) {
        checkIds(embed, batch);
      } else if (step instanceof Step.Score score) {
        checkTargets(score, batch);
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

  private static String kind(boolean ids) {
    return ids ? "ids" : "embeddings";
  }

  private static void checkIds(Step.Embed embed, PackedSequences batch) {
    if (batch.hasTypes() && embed.types() == null) {
      throw new IllegalArgumentException("the program has no types, but tokens have them");
    }
    for (int s = 0; s < batch.count(); s++) {
      for (int i = 0; i < batch.length(s); i++) {
        int token = batch.offset(s) + i;
        checkRow("id", batch.id(token), embed.tokens(), 0, s, i);
        if (batch.hasTypes()) {
          checkRow("type", batch.type(token), embed.types(), 0, s, i);
        }
      }
    }
  }

  private static void checkTargets(Step.Score score, PackedSequences batch) {
    for (int s = 0; s < batch.count(); s++) {
      for (int i = 0; i < batch.length(s); i++) {
        int target = batch.target(s, i);
        checkRow("target", target, score.table(), PackedSequences.NO_TARGET, s, i);
      }
    }
  }

  private static void checkRow(
      String what, int id, Step.Table table, int least, int sequence, int position) {
    if (id < least || id >= table.rows()) {
      throw new IllegalArgumentException(
          String.format(
              "the %s of token %d of sequence %d must be from %d to %d, but is %d",
              what, position, sequence, least, table.rows() - 1, id));
    }
  }

  private static void check(Program program, Output output, float[] array, PackedSequences batch) {
    if (output instanceof Output.Values || array != null) {
      atLeast(name(output), array == null ? 0 : array.length, length(program, output, batch));
    }
  }

  private static String name(Output output) {
    if (output instanceof Output.Values) {
      return "context vectors";
    } else if (output instanceof Output.AttentionWeights) {
      return "attention weights";
    } else if (output instanceof Output.LogSumExp) {
      return "log-sum-exp";
    } else if (output instanceof Output.TopIds) {
      return "top ids";
    }
    return output instanceof Output.LogProbability ? "log-probability" : "top log-probability";
  }

  /**
   * The length that an output's array needs.
   *
   * @param program the program
   * @param output one of its outputs
   * @param batch the batch
   * @return number of floats
   */
  public static long length(Program program, Output output, PackedSequences batch) {
    if (output instanceof Output.Values values) {
      return (long) batch.total() * program.width(values.slot());
    } else if (output instanceof Output.AttentionWeights weights) {
      return weightsLength(batch, program.attend(weights.step()).heads().numHeads());
    } else if (output instanceof Output.LogSumExp logSumExp) {
      return (long) batch.total() * program.attend(logSumExp.step()).heads().numHeads();
    } else if (output instanceof Output.LogProbability probability) {
      return program.score(probability.step()).rows().count(batch);
    }
    Step.Score score =
        program.score(
            output instanceof Output.TopIds ids
                ? ids.step()
                : ((Output.TopLogProbabilities) output).step());
    return (long) score.rows().count(batch) * score.top();
  }

  private static void atLeast(String what, int found, long needed) {
    if (found < needed) {
      throw new IllegalArgumentException(
          String.format("the batch has %d %s values, but the array %d", needed, what, found));
    }
  }
}
