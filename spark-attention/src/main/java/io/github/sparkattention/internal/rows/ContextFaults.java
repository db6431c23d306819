package io.github.sparkattention.internal.rows;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Prepared;
import java.util.Arrays;

/** Says why a context vector is not finite. */
final class ContextFaults {
  /**
   * Values that a sequence may have, tokens and contexts, to be computed once more for its fault.
   */
  private static final long MOST_VALUES = 1 << 24;

  private ContextFaults() {}

  /**
   * Describes a value that is not finite, with its cause: the scores are at fault if the logarithm
   * of their exponentials' sum is not finite, which the sequence is computed once more for.
   *
   * @param config the settings of the layer
   * @param layer the layer that has computed it
   * @param tokens the packed tokens of a batch
   * @param begin the sequence's first token there
   * @param end the end of its tokens
   * @param value what was found
   * @param at its index in the sequence's context vectors
   * @return what is wrong
   */
  static String notFinite(
      AttentionConfig config,
      Prepared layer,
      float[] tokens,
      int begin,
      int end,
      float value,
      int at) {
    int token = at / config.dOut();
    // What comes later has no part in the fault if the mask hides it.
    int length = config.causal() ? token + 1 : end - begin;
    String cause = "values or weights are too large for float arithmetic";
    if ((long) length * (config.dIn() + config.dOut()) > MOST_VALUES) {
      cause = "scores, values or weights are too large for float arithmetic";
    } else {
      int head = headWithoutScores(config, layer, tokens, begin, length, token);
      if (head >= 0) {
        cause =
            String.format(
                "its scores in head %d are too large for float arithmetic, which holds scores of up"
                    + " to %.2e in magnitude",
                head, largestScore(config));
      }
    }
    return String.format(
        "the context vector of token %d is %s at dimension %d, since %s",
        token, value, at % config.dOut(), cause);
  }

  /** The first head whose softmax the scores of a token have overflowed in, or -1. */
  private static int headWithoutScores(
      AttentionConfig config, Prepared layer, float[] tokens, int begin, int length, int token) {
    int width = config.dIn();
    float[] alone = Arrays.copyOfRange(tokens, begin * width, (begin + length) * width);
    float[] logSumExp = new float[config.numHeads() * length];
    Outputs output = Outputs.of(new float[length * config.dOut()], null, logSumExp);
    layer.run(PackedSequences.of(alone, width, new int[] {0, length}, 1), output, Dropout.NONE);
    for (int head = 0; head < config.numHeads(); head++) {
      if (!Float.isFinite(logSumExp[head * length + token])) {
        return head;
      }
    }
    return -1;
  }

  /** The scaled score whose form in base two is the largest float. */
  private static double largestScore(AttentionConfig config) {
    return Float.MAX_VALUE / ((double) config.heads().queryScale() / config.scale());
  }
}
