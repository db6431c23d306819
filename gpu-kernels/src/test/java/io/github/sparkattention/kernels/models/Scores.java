package io.github.sparkattention.kernels.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.Tensors;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The probabilities that a model gives each token of a batch.
 *
 * @param top how many of the most probable ids there are for each token
 * @param targets the logarithm of the next id's probability
 * @param ids the most probable ids, [tokens, top]
 * @param logProbabilities the logarithms of their probabilities, [tokens, top]
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares two
record Scores(int top, float[] targets, float[] ids, float[] logProbabilities) {
  /** What the sums of floats may be off in a logarithm of a probability. */
  private static final double TOLERANCE = 2e-4;

  /** Ids whose probabilities are closer than this may change places. */
  private static final double MARGIN = 1e-3;

  static Scores of(Backend backend, ModelConfig config, Tensors tensors, PackedSequences batch) {
    Program program = config.scores(Math.min(10, config.vocabulary()), Score.Rows.EACH_TOKEN);
    try (Prepared prepared = backend.prepare(program, tensors)) {
      return of(prepared, batch);
    }
  }

  /** Runs a program of {@link ModelConfig#scores}. */
  static Scores of(Prepared prepared, PackedSequences batch) {
    Program program = prepared.program();
    float[][] arrays = new float[program.outputs().size()][];
    Arrays.setAll(
        arrays, o -> new float[(int) Outputs.length(program, program.outputs().get(o), batch)]);
    prepared.run(batch, Outputs.of(arrays), Dropout.NONE);
    int top = program.score(program.steps().size() - 1).top();
    return new Scores(top, arrays[0], arrays[1], arrays[2]);
  }

  /**
   * Compares a token's row.
   *
   * @param token index of the row
   * @param target the next id, or {@link PackedSequences#NO_TARGET}
   * @param expected the logarithms of the probabilities of all ids
   * @return the largest difference of a logarithm
   */
  double assertClose(int token, int target, double[] expected) {
    double largest = 0;
    if (target == PackedSequences.NO_TARGET) {
      assertThat(targets[token]).isNaN();
    } else {
      assertThat((double) targets[token]).isCloseTo(expected[target], within(TOLERANCE));
      largest = Math.abs(targets[token] - expected[target]);
    }
    int[] sorted =
        IntStream.range(0, expected.length)
            .boxed()
            .sorted(Comparator.comparingDouble(id -> -expected[id]))
            .mapToInt(Integer::intValue)
            .toArray();
    for (int k = 0; k < top; k++) {
      double probability = expected[sorted[k]];
      double actual = logProbabilities[token * top + k];
      assertThat(actual).isCloseTo(probability, within(TOLERANCE));
      largest = Math.max(largest, Math.abs(actual - probability));
      boolean clearAbove = k == 0 || expected[sorted[k - 1]] - probability > MARGIN;
      boolean last = k + 1 == expected.length;
      boolean clearBelow = last || probability - expected[sorted[k + 1]] > MARGIN;
      if (clearAbove && clearBelow) {
        assertThat((int) ids[token * top + k]).isEqualTo(sorted[k]);
      }
    }
    return largest;
  }
}
