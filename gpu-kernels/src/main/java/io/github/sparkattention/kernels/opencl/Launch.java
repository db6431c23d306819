package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionOutput;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.PackedSequences;

/**
 * Whole sequences of a batch that go to the device together.
 *
 * @param sequences the batch
 * @param begin first sequence
 * @param end end of the sequences
 * @param output receives the results
 * @param weightsOffset where the attention weights of the first sequence start
 * @param dropout the draws of the batch
 */
record Launch(
    PackedSequences sequences,
    int begin,
    int end,
    AttentionOutput output,
    int weightsOffset,
    Dropout dropout) {

  int firstToken() {
    return sequences.offset(begin);
  }

  int numTokens() {
    return sequences.offset(end) - firstToken();
  }

  boolean wantsWeights() {
    return output.weights() != null;
  }

  int weightsLength(AttentionConfig config) {
    return wantsWeights() ? weightsBefore(end, config) - weightsBefore(begin, config) : 0;
  }

  /** Attention weights of this launch's sequences that stand before one of them. */
  int weightsBefore(int sequence, AttentionConfig config) {
    int length = 0;
    for (int s = begin; s < sequence; s++) {
      length += config.numHeads() * sequences.length(s) * sequences.length(s);
    }
    return length;
  }

  /** The sequences from one index of the batch up to another, as a launch of their own. */
  Launch part(int from, int to, AttentionConfig config) {
    int offset = wantsWeights() ? weightsOffset + weightsBefore(from, config) : 0;
    return new Launch(sequences, from, to, output, offset, dropout);
  }
}
