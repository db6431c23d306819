package io.github.sparkattention.kernels.models;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.checkpoints.Checkpoint;
import io.github.sparkattention.kernels.checkpoints.Model;
import io.github.sparkattention.kernels.contract.SeededWeights;
import io.github.sparkattention.kernels.contract.TorchRandom;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models and draws against PyTorch's own library, whose jar is for one platform. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class LibtorchTest {
  private static final int[] LENGTHS = {32, 1, 17, 2, 29};

  @TempDir private Path folder;

  @Test
  void theBooksModelOfASeedAgreesWithLibtorch() {
    ModelConfig config = ModelConfig.book(500, 32, 64, 4, 2, false);
    Tensors tensors = SeededWeights.gpt(config, 123);
    assertAgree(config, tensors, ModelFiles.book(config, tensors));
  }

  static Stream<ModelFiles> models() {
    return Stream.of(
        ModelFiles.llama("llama", 6, 2, false),
        ModelFiles.llama("llama", 5, 5, true).set("rope_theta", 500_000.0),
        ModelFiles.llama("qwen2", 6, 1, true).set("rope_theta", 1_000_000.0));
  }

  @ParameterizedTest
  @MethodSource("models")
  void aCheckpointAgreesWithLibtorch(ModelFiles files) throws IOException {
    files.write(folder);
    Model model = Checkpoint.open(folder).read();
    assertAgree(model.config(), model.tensors(), files);
  }

  private static void assertAgree(ModelConfig config, Tensors tensors, ModelFiles files) {
    Random random = new Random(7);
    int[][] sequences = new int[LENGTHS.length][];
    Arrays.setAll(sequences, s -> random.ints(LENGTHS[s], 0, config.vocabulary()).toArray());
    PackedSequences batch = PackedSequences.packIds(sequences);
    int width = config.width();
    float[] vectors = new float[batch.total() * width];
    Scores scores;
    try (Backend backend = new ThreadsBackend(2)) {
      try (Prepared prepared = backend.prepare(config.vectors(), tensors.only(config.vectors()))) {
        prepared.run(batch, vectors);
      }
      scores = Scores.of(backend, config, tensors, batch);
    }
    double largestVector = 0;
    double largestScore = 0;
    for (int s = 0; s < sequences.length; s++) {
      try (Libtorch libtorch = new Libtorch(files)) {
        NDArray expected = libtorch.vectors(sequences[s]);
        double[][] rows = Errors.rows(expected.toFloatArray(), width);
        double off = Errors.relative(vectors, batch.offset(s) * width, rows);
        largestVector = Math.max(largestVector, off);
        double[][] logProbabilities =
            Errors.rows(libtorch.logProbabilities(expected).toFloatArray(), config.vocabulary());
        for (int i = 0; i < rows.length; i++) {
          int token = batch.offset(s) + i;
          double error = scores.assertClose(token, batch.target(s, i), logProbabilities[i]);
          largestScore = Math.max(largestScore, error);
        }
      }
    }
    System.out.printf(
        "libtorch: largest error of vectors %.2g, of log-probabilities %.2g%n",
        largestVector, largestScore);
    assertThat(largestVector).isLessThanOrEqualTo(1e-4);
  }

  /** Below 16 values PyTorch draws one by one, above in blocks of 16, the last one anew. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 15, 16, 17, 18, 32, 47, 1000, 65_536})
  void normalDrawsAreThoseOfLibtorch(int count) {
    double largest = 0;
    for (int seed : new int[] {0, 123, 2147483647}) {
      float[] drawn = new TorchRandom(seed).normal(count);
      largest = Math.max(largest, Errors.absolute(drawn, 0, Libtorch.normal(seed, count)));
    }
    System.out.printf("libtorch: largest error of %d normal draws %.2g%n", count, largest);
    assertThat(largest).isLessThanOrEqualTo(2e-6);
  }
}
