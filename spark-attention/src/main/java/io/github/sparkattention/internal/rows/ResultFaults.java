package io.github.sparkattention.internal.rows;

import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.forms.ValueArray;
import io.github.sparkattention.internal.results.BatchResults;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Heads;
import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import java.util.Arrays;
import java.util.Optional;

/** Finds results that are not finite, and says why. */
final class ResultFaults {
  private static final String TOO_LARGE = "values or weights are too large for float arithmetic";

  /**
   * Values that a sequence may have, tokens and contexts, to be computed once more for its fault.
   */
  private static final long MOST_VALUES = 1 << 24;

  private final AttentionSpec spec;
  private final Program program;

  ResultFaults(AttentionSpec spec) {
    this.spec = spec;
    this.program = spec.program();
  }

  /**
   * Looks at what was computed of a sequence.
   *
   * @param prepared what has computed it
   * @param batch the batch that it belongs to
   * @param results what was computed
   * @param sequence the sequence's index there
   * @return what is wrong, or null if all is finite
   */
  String find(Prepared prepared, PackedSequences batch, BatchResults results, int sequence) {
    int length = batch.length(sequence);
    for (int o = 0; o < program.outputs().size(); o++) {
      Output output = program.outputs().get(o);
      int count = checked(output, o, length);
      int from = count == 0 ? 0 : results.offset(o, sequence);
      int bad = count == 0 ? -1 : ValueArray.nonFinite(results.values(o), from, from + count);
      if (bad >= 0) {
        float value = results.values(o)[bad];
        return output instanceof Output.Values values
            ? vectorFault(prepared, batch, sequence, program.width(values.slot()), value, bad - from)
            : String.format(
                "a log-probability of its ids is %s, since %s", value, TOO_LARGE);
      }
    }
    return null;
  }

  /** How many values of an output have to be finite. */
  private int checked(Output output, int index, int length) {
    if (output instanceof Output.Values values) {
      return length * program.width(values.slot());
    }
    if (length == 0 || !spec.wantsOutput(index)) {
      return 0;
    }
    if (output instanceof Output.LogProbability) {
      // The last id has none after it.
      return length - 1;
    }
    return output instanceof Output.TopLogProbabilities top ? program.score(top.step()).top() : 0;
  }

  /**
   * Describes a value that is not finite. In an attention layer it has a cause: the scores are at
   * fault if the logarithm of their exponentials' sum is not finite, which the sequence is computed
   * once more for.
   */
  private String vectorFault(
      Prepared prepared, PackedSequences batch, int sequence, int width, float value, int at) {
    int token = at / width;
    Optional<Output.LogSumExp> sums = logSumExp();
    String cause =
        sums.isEmpty()
            ? TOO_LARGE
            : cause(
                prepared,
                batch,
                sequence,
                token,
                program.attend(sums.get().step()).heads());
    return String.format(
        "the %svector of token %d is %s at dimension %d, since %s",
        sums.isEmpty() ? "" : "context ", token, value, at % width, cause);
  }

  private Optional<Output.LogSumExp> logSumExp() {
    return program.outputs().stream()
        .filter(Output.LogSumExp.class::isInstance)
        .map(Output.LogSumExp.class::cast)
        .findFirst();
  }

  private String cause(
      Prepared prepared, PackedSequences batch, int sequence, int token, Heads heads) {
    // What comes later has no part in the fault if the mask hides it.
    int length = heads.causal() ? token + 1 : batch.length(sequence);
    if ((long) length * (program.inputWidth() + program.outputWidth()) > MOST_VALUES) {
      return "scores, values or weights are too large for float arithmetic";
    }
    int head = headWithoutScores(prepared, batch, sequence, length, token, heads);
    return head < 0
        ? TOO_LARGE
        : String.format(
            "its scores in head %d are too large for float arithmetic, which holds scores of up"
                + " to %.2e in magnitude",
            head, largestScore(heads));
  }

  /** The first head whose softmax the scores of a token have overflowed in, or -1. */
  private int headWithoutScores(
      Prepared prepared,
      PackedSequences batch,
      int sequence,
      int length,
      int token,
      Heads heads) {
    int width = program.inputWidth();
    int begin = batch.offset(sequence);
    float[] alone = Arrays.copyOfRange(batch.tokens(), begin * width, (begin + length) * width);
    float[] logSumExp = new float[heads.numHeads() * length];
    Outputs output = Outputs.of(new float[length * program.outputWidth()], null, logSumExp);
    prepared.run(PackedSequences.of(alone, width, new int[] {0, length}, 1), output, Dropout.NONE);
    for (int head = 0; head < heads.numHeads(); head++) {
      if (!Float.isFinite(logSumExp[head * length + token])) {
        return head;
      }
    }
    return -1;
  }

  /** The scaled score whose form in base two is the largest float. */
  private static double largestScore(Heads heads) {
    return Float.MAX_VALUE / ((double) heads.queryScale() / heads.scale());
  }
}
