package io.github.sparkattention.kernels.internal.device;

import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;

/**
 * Whole sequences of a batch that go to the device together.
 *
 * @param batch the batch
 * @param begin first sequence
 * @param end end of the sequences
 * @param outputs receives the results
 * @param wantsWeights whether attention weights of some step are wanted
 * @param dropout the draws of the batch
 */
public record Launch(
    PackedSequences batch,
    int begin,
    int end,
    Outputs outputs,
    boolean wantsWeights,
    Dropout dropout) {

  public int firstToken() {
    return batch.offset(begin);
  }

  public int numTokens() {
    return batch.offset(end) - firstToken();
  }

  public int numSequences() {
    return end - begin;
  }

  /** Attention weights that one head has of all sequences; 0 if they are not wanted. */
  public long weightsPerHead() {
    return wantsWeights ? squares(begin, end) : 0;
  }

  /** Attention weights that one head has of the batch's sequences before these. */
  public long weightsPerHeadBefore() {
    return squares(0, begin);
  }

  /** Tokens of the longest sequence. */
  public int longest() {
    int longest = 0;
    for (int s = begin; s < end; s++) {
      longest = Math.max(longest, batch.length(s));
    }
    return longest;
  }

  /** What its memory depends on. */
  public LaunchSize size(ProgramData data) {
    return new LaunchSize(
        numSequences(), numTokens(), longest(), weightsPerHead() * data.tappedHeads());
  }

  private long squares(int from, int to) {
    long sum = 0;
    for (int s = from; s < to; s++) {
      sum += (long) batch.length(s) * batch.length(s);
    }
    return sum;
  }

  /** The sequences from one index of the batch up to another, as a launch of their own. */
  public Launch part(int from, int to) {
    return new Launch(batch, from, to, outputs, wantsWeights, dropout);
  }
}
