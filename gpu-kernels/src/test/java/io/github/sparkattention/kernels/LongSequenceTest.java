package io.github.sparkattention.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.kernels.contract.SeededWeights;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LongSequenceTest {
  private static final int TOKENS = 32_768;
  private static final int WIDTH = 64;

  @Test
  void aSequenceOf32768TokensRunsInAHeapOf512Megabytes() throws IOException, InterruptedException {
    Process child =
        new ProcessBuilder(
                List.of(
                    System.getProperty("java.home")
                        + File.separator
                        + "bin"
                        + File.separator
                        + "java",
                    "-Xmx512m",
                    "--add-modules",
                    "jdk.incubator.vector",
                    "-cp",
                    System.getProperty("java.class.path"),
                    LongSequenceTest.class.getName()))
            .redirectErrorStream(true)
            .start();
    String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(child.waitFor()).as(output).isZero();
    assertThat(output).contains("computed " + TOKENS + " tokens");
  }

  /** Runs in the JVM with the small heap. */
  public static void main(String[] args) {
    AttentionConfig config = AttentionConfig.builder(WIDTH, WIDTH).build();
    AttentionWeights weights = SeededWeights.attention(config, 1);
    float[] sequence = RandomLayers.floats(TOKENS * WIDTH, 1, new Random(1));
    try (Backend backend = new ThreadsBackend(2);
        Prepared layer = backend.prepare(Program.attention(config), weights.tensors())) {
      float[] context = BackendContract.run(layer, new float[][] {sequence});
      // A causal layer gives the beginning of a sequence as it gives it alone.
      int beginning = 500 * WIDTH;
      float[] alone =
          BackendContract.run(layer, new float[][] {Arrays.copyOf(sequence, beginning)});
      assertThat(Arrays.copyOf(context, beginning)).isEqualTo(alone);
      for (float value : context) {
        assertThat(Float.isFinite(value)).isTrue();
      }
    }
    System.out.println("computed " + TOKENS + " tokens");
  }
}
