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
import java.util.stream.IntStream;

/** Finds results that are not finite, and says why. */
final class ResultFaults {
  private static final String TOO_LARGE = "values or weights are too large for float arithmetic";

  /**
   * Values that a sequence may have, tokens and contexts, to be computed once more for its fault.
   */
  private static final long MOST_VALUES = 1 << 24;

  private final Program program;

  /** The outputs that are looked at: those that are computed and must be finite. */
  private final int[] checked;

  ResultFaults(AttentionSpec spec) {
    this.program = spec.program();
    this.checked =
        IntStream.range(0, program.outputs().size())
            .filter(spec::wantsOutput)
            .filter(output -> mustBeFinite(program.outputs().get(output)))
            .toArray();
  }

  private static boolean mustBeFinite(Output output) {
    return output instanceof Output.Values
        || output instanceof Output.LogProbability
        || output instanceof Output.TopLogProbabilities;
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
    if (length == 0) {
      return null;
    }
    for (int index : checked) {
      Output output = program.outputs().get(index);
      float[] values = results.values(index);
      int from = results.offset(index, sequence);
      int bad = ValueArray.nonFinite(values, from, from + count(output, length));
      if (bad >= 0) {
        return output instanceof Output.Values vectors
            ? vectorFault(
                prepared, batch, sequence, program.width(vectors.slot()), values[bad], bad - from)
            : String.format("a log-probability of its ids is %s, since %s", values[bad], TOO_LARGE);
      }
    }
    return null;
  }

  /** How many values of a sequence have to be finite. */
  private int count(Output output, int length) {
    if (output instanceof Output.Values vectors) {
      return length * program.width(vectors.slot());
    }
    return output instanceof Output.TopLogProbabilities top
        ? program.score(top.step()).top()
        // The last id has none after it.
        : length - 1;
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
            : cause(prepared, batch, sequence, token, program.attend(sums.get().step()).heads());
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
      Prepared prepared, PackedSequences batch, int sequence, int length, int token, Heads heads) {
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
