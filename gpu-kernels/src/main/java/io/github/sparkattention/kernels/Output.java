package io.github.sparkattention.kernels;

import java.io.Serializable;

/** What a {@link Program} hands to its caller; {@link Outputs} has the arrays. */
public sealed interface Output extends Serializable {

  /**
   * What a slot holds when the program has ended: [total, width], row-major.
   *
   * @param slot index of the slot
   */
  record Values(int slot) implements Output {
    private static final long serialVersionUID = 1L;
  }

  /**
   * The attention weights of a step: sequence after sequence, each [numHeads, n, n] row-major, 0
   * where the mask hides a key.
   *
   * @param step index of the step, a {@link Step.Attend}
   */
  record AttentionWeights(int step) implements Output {
    private static final long serialVersionUID = 1L;
  }

  /**
   * The log-sum-exps of a step: sequence after sequence, each [numHeads, n] row-major, the natural
   * logarithm of the sum of exp(score) over the keys that a query sees, where scores are scaled and
   * capped; minus infinity where it sees none. Dropout does not show in them.
   *
   * @param step index of the step, a {@link Step.Attend}
   */
  record LogSumExp(int step) implements Output {
    private static final long serialVersionUID = 1L;
  }

  /**
   * The natural logarithms of the probabilities of a step's target ids, one for each of its rows;
   * {@link PackedSequences#target} says which id that is. NaN where a row has no target.
   *
   * @param step index of the step, a {@link Step.Score}
   */
  record LogProbability(int step) implements Output {
    private static final long serialVersionUID = 1L;
  }

  /**
   * The most probable ids of a step's rows, [rows, top], most probable first and the lower id first
   * among equals. Each id is exactly a float; -1 where a row has no token.
   *
   * @param step index of the step, a {@link Step.Score}
   */
  record TopIds(int step) implements Output {
    private static final long serialVersionUID = 1L;
  }

  /**
   * The natural logarithms of the probabilities of {@link TopIds}, [rows, top]; NaN where a row has
   * no token.
   *
   * @param step index of the step, a {@link Step.Score}
   */
  record TopLogProbabilities(int step) implements Output {
    private static final long serialVersionUID = 1L;
  }
}
