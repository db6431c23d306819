package io.github.sparkattention.kernels.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.checkpoints.Checkpoint;
import io.github.sparkattention.kernels.checkpoints.Model;
import io.github.sparkattention.kernels.contract.SeededWeights;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models from their files to their vectors and probabilities, against double arithmetic. */
class WholeModelsTest {
  private static final int[] LENGTHS = {1, 70, 0, 2, 33, 7, 90};
  private static final Map<String, Object> LLAMA_3_SCALING =
      Map.of(
          "rope_type", "llama3",
          "factor", 8.0,
          "low_freq_factor", 1.0,
          "high_freq_factor", 4.0,
          "original_max_position_embeddings", 64);

  @TempDir private Path folder;

  static Stream<ModelFiles> models() {
    return Stream.of(
        ModelFiles.gpt2(true),
        ModelFiles.gpt2(false),
        ModelFiles.bert(),
        ModelFiles.distilBert(),
        ModelFiles.llama("llama", 5, 5, false),
        ModelFiles.llama("llama", 6, 2, true).set("rope_theta", 500_000.0),
        ModelFiles.llama("llama", 4, 1, false).set("rope_scaling", LLAMA_3_SCALING),
        ModelFiles.llama("mistral", 4, 2, false).set("sliding_window", 9),
        ModelFiles.llama("qwen2", 6, 3, true).set("rope_theta", 1_000_000.0),
        ModelFiles.llama("qwen2", 5, 1, false));
  }

  @ParameterizedTest
  @MethodSource("models")
  void aCheckpointIsComputedAsItsPapersSay(ModelFiles files) throws IOException {
    files.write(folder);
    Model model = Checkpoint.open(folder).read();
    assertAgree(model.config(), model.tensors(), new Float64Model(files));
  }

  @Test
  void theBooksModelOfASeedIsComputedAsItsCodeSays() {
    ModelConfig config = ModelConfig.book(500, 96, 64, 4, 2, false);
    Tensors tensors = SeededWeights.gpt(config, 123);
    assertAgree(config, tensors, new Float64Model(ModelFiles.book(config, tensors)));
  }

  /** Llama's own files pair neighbours; the transformers library sorts the rows of their maps. */
  @Test
  void rowsSortedIntoHalvesTurnAsComplexPairsDo() throws IOException {
    ModelFiles original = ModelFiles.llama("llama", 6, 2, false).set("rope_theta", 500.0);
    ModelFiles sorted = original.copy();
    for (int n = 0; n < 2; n++) {
      for (String map : new String[] {"q_proj", "k_proj"}) {
        String name = "model.layers." + n + ".self_attn." + map + ".weight";
        long[] shape = original.shape(name);
        sorted.put(name, intoHalves(original.values(name), shape), shape);
      }
    }
    sorted.write(folder);
    Model model = Checkpoint.open(folder).read();
    assertAgree(
        model.config(), model.tensors(), new Float64Model(original, Float64Model.Pairs.NEIGHBOURS));
  }

  /** {@code w.view(heads, half, 2, in).transpose(1, 2)}, where each head has 8 rows. */
  private static float[] intoHalves(float[] rows, long[] shape) {
    int width = (int) shape[1];
    float[] sorted = new float[rows.length];
    for (int row = 0; row < shape[0]; row++) {
      int head = row / 8;
      int pair = row % 8 / 2;
      int part = row % 2;
      System.arraycopy(rows, row * width, sorted, (head * 8 + part * 4 + pair) * width, width);
    }
    return sorted;
  }

  /** Packs sequences into one batch, and compares it with each by itself in double arithmetic. */
  private static void assertAgree(ModelConfig config, Tensors tensors, Float64Model expected) {
    Random random = new Random(20261128);
    int[][] sequences = new int[LENGTHS.length][];
    int[][] types = new int[LENGTHS.length][];
    for (int s = 0; s < sequences.length; s++) {
      sequences[s] = random.ints(LENGTHS[s], 0, config.vocabulary()).toArray();
      types[s] = random.ints(LENGTHS[s], 0, Math.max(1, config.types())).toArray();
    }
    PackedSequences batch = PackedSequences.packIds(sequences);
    if (config.types() > 0) {
      batch = batch.withTypes(Stream.of(types).flatMapToInt(Arrays::stream).toArray());
    }
    float[] vectors = new float[batch.total() * config.width()];
    Scores scores = null;
    try (Backend backend = new ThreadsBackend(2)) {
      try (Prepared prepared = backend.prepare(config.vectors(), tensors.only(config.vectors()))) {
        prepared.run(batch, vectors);
      }
      if (config.head() != ModelConfig.Head.NONE) {
        scores = Scores.of(backend, config, tensors, batch);
      }
    }
    double largestVector = 0;
    double largestScore = 0;
    for (int s = 0; s < sequences.length; s++) {
      if (sequences[s].length == 0) {
        continue;
      }
      double[][] rows = expected.vectors(sequences[s], types[s]);
      double error = Errors.relative(vectors, batch.offset(s) * config.width(), rows);
      largestVector = Math.max(largestVector, error);
      if (scores != null) {
        double[][] logProbabilities = expected.logProbabilities(rows);
        for (int i = 0; i < rows.length; i++) {
          int token = batch.offset(s) + i;
          double off = scores.assertClose(token, batch.target(s, i), logProbabilities[i]);
          largestScore = Math.max(largestScore, off);
        }
      }
    }
    System.out.printf(
        "float64: largest error of vectors %.2g, of log-probabilities %.2g%n",
        largestVector, largestScore);
    assertThat(largestVector).isLessThanOrEqualTo(1e-4);
  }
}
