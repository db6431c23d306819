package io.github.sparkattention.kernels.models;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.RandomModel;
import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.checkpoints.Checkpoint;
import io.github.sparkattention.kernels.checkpoints.Model;
import io.github.sparkattention.kernels.opencl.ChildJvm;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What whole models take of memory: for long sequences, and for many. */
class LongModelTest {
  private static final int TOKENS = 32_768;
  private static final int PATIENCE_SECONDS = 300;
  private static final int WINDOW = 48;

  /** The activations that a pass which is alone holds at once on Java threads. */
  private static final long SPAN_BYTES = 16L << 20;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(ints = {0, WINDOW})
  void aSequenceOf32768TokensRunsInAHeapOf96Megabytes(int window)
      throws IOException, InterruptedException {
    ChildJvm child =
        ChildJvm.run(
            PATIENCE_SECONDS,
            List.of(),
            List.of("-Xmx96m"),
            Sequence.class,
            Integer.toString(window),
            folder.toString());
    child.output().forEach(System.out::println);
    assertThat(child.exitCode()).as(child.toString()).isZero();
    assertThat(child.value("tokens")).isEqualTo(Integer.toString(TOKENS));
  }

  /** The main class of the JVM with the small heap. */
  static final class Sequence {
    private Sequence() {}

    public static void main(String[] args) throws IOException {
      int window = Integer.parseInt(args[0]);
      ModelFiles files =
          window == 0
              ? ModelFiles.llama("llama", 1, 1, false)
              : ModelFiles.llama("mistral", 4, 2, false).set("sliding_window", window);
      files.set("max_position_embeddings", TOKENS);
      Path folder = Path.of(args[1]);
      files.write(folder);
      Model model = Checkpoint.open(folder).read();
      ModelConfig config = model.config();
      int width = config.width();
      int[] ids = new Random(5).ints(TOKENS, 0, config.vocabulary()).toArray();
      float[] vectors = new float[TOKENS * width];
      Program program = config.vectors();
      try (Backend backend = new ThreadsBackend(2);
          Prepared prepared = backend.prepare(program, model.tensors().only(program))) {
        prepared.run(PackedSequences.packIds(ids), vectors);
        // A causal model gives the beginning of a sequence as it gives it alone.
        int beginning = 500;
        float[] alone = new float[beginning * width];
        prepared.run(PackedSequences.packIds(Arrays.copyOf(ids, beginning)), alone);
        assertThat(Arrays.copyOf(vectors, alone.length)).isEqualTo(alone);
      }
      if (window > 0) {
        assertEndAgrees(files, config, ids, vectors);
      }
      for (float value : vectors) {
        assertThat(value).isFinite();
      }
      System.out.println("tokens: " + TOKENS);
    }

    /**
     * What a token sees through the windows of all layers is its end of the sequence, and only how
     * far tokens are apart turns them: so the end by itself has the same vectors, but for rounding.
     */
    private static void assertEndAgrees(
        ModelFiles files, ModelConfig config, int[] ids, float[] vectors) {
      int compared = 50;
      int seen = compared + config.layers() * (WINDOW - 1);
      int[] end = Arrays.copyOfRange(ids, TOKENS - seen, TOKENS);
      double[][] expected = new Float64Model(files).vectors(end, null);
      double error =
          Errors.relative(
              vectors,
              (TOKENS - compared) * config.width(),
              Arrays.copyOfRange(expected, seen - compared, seen));
      System.out.println("error of the end: " + error);
      assertThat(error).isLessThanOrEqualTo(1e-4);
    }
  }

  @Test
  void aBatchOfManySequencesTakesNoMoreRoomThanOneSpan() {
    ModelConfig config = RandomModel.all().findFirst().orElseThrow().config();
    Program program = config.scores(1, Score.Rows.LAST_TOKEN);
    Tensors tensors = RandomModel.tensors(program, new Random(7));
    int[][] sequences = new int[1500][];
    for (int s = 0; s < sequences.length; s++) {
      sequences[s] = new Random(s).ints(100, 0, config.vocabulary()).toArray();
    }
    PackedSequences batch = PackedSequences.packIds(sequences);
    // Among the activations are at least those of the stream, and of queries, keys and values.
    long all = (long) batch.total() * 4 * config.width() * Float.BYTES;
    assertThat(all).isGreaterThan(3 * SPAN_BYTES);
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    // One thread, which is this one: what it allocates is all that is allocated.
    try (Backend backend = new ThreadsBackend(1)) {
      // Vectors live on the heap until the JIT compiler has seen to them.
      long allocated = Long.MAX_VALUE;
      for (int round = 0; round < 12 && allocated > 2 * SPAN_BYTES; round++) {
        try (Prepared prepared = backend.prepare(program, tensors)) {
          long weights = prepared.memory().heapBytes();
          long before = threads.getCurrentThreadAllocatedBytes();
          Scores.of(prepared, batch);
          allocated = threads.getCurrentThreadAllocatedBytes() - before;
          long held = prepared.memory().heapBytes() - weights;
          System.out.printf(
              "%d bytes of activations: %d allocated, %d held%n", all, allocated, held);
          assertThat(held).isBetween(SPAN_BYTES / 2, SPAN_BYTES);
        }
      }
      assertThat(allocated).isLessThanOrEqualTo(2 * SPAN_BYTES);
    }
  }
}
