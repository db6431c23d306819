package io.github.sparkattention.kernels.threads;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.Dropout;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.ModelOutputs;
import io.github.sparkattention.kernels.ModelProgram;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.backends.Backends;
import io.github.sparkattention.kernels.contract.SeededWeights;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-loops")
class ScoreStageTest {
  private static final ModelConfig BOOK = ModelConfig.book(20_000, 64, 8, 2, 1, false);
  private static final PackedSequences BATCH = PackedSequences.packIds(new int[64]);

  /** How often a pass asks whether it was given up, which it does once a piece of work. */
  private static int pieces(Program program, Outputs outputs) {
    Tensors tensors = SeededWeights.gpt(BOOK, 3).only(program);
    AtomicInteger asked = new AtomicInteger();
    try (Backend backend = Backends.threads(1);
        Prepared prepared = backend.prepare(program, tensors)) {
      prepared.run(
          BATCH,
          outputs,
          Dropout.NONE,
          () -> {
            asked.incrementAndGet();
            return false;
          });
    }
    return asked.get();
  }

  @Test
  void scoresThatNobodyWantsAreNotComputed() {
    ModelProgram all = BOOK.program(ModelOutputs.VECTORS.withLogProbabilities().withNextIds(4));
    float[] vectors = new float[64 * 8];
    int without = pieces(BOOK.vectors(), Outputs.of(vectors));
    assertThat(pieces(all.program(), Outputs.of(vectors))).isEqualTo(without);
    int withProbabilities = pieces(all.program(), Outputs.of(vectors, new float[64]));
    assertThat(withProbabilities).isGreaterThan(without);
    assertThat(
            pieces(all.program(), Outputs.of(vectors, new float[64], new float[4], new float[4])))
        .isGreaterThan(withProbabilities);
  }
}
