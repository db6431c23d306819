package io.github.sparkattention.kernels;

import java.io.Serializable;

/**
 * A program of a model, with what its outputs are. Each number is the index of an output; {@link
 * ModelOutputs#NONE} stands for what was not asked for.
 *
 * @param program the program
 * @param vectors the {@link Output.Values} of each token's vector
 * @param hiddenStates the {@link Output.Values} of the hidden states; that of the vectors, if the
 *     last layer was asked for
 * @param attentionWeights the {@link Output.AttentionWeights}
 * @param logProbability the {@link Output.LogProbability} of each next id
 * @param topIds the {@link Output.TopIds} after the last token
 * @param topLogProbabilities the {@link Output.TopLogProbabilities} after the last token
 */
public record ModelProgram(
    Program program,
    int vectors,
    int hiddenStates,
    int attentionWeights,
    int logProbability,
    int topIds,
    int topLogProbabilities)
    implements Serializable {
  private static final long serialVersionUID = 1L;
}
