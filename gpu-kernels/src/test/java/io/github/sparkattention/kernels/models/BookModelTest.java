package io.github.sparkattention.kernels.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.PackedSequences;
import io.github.sparkattention.kernels.Prepared;
import io.github.sparkattention.kernels.Step.Score;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.contract.SeededWeights;
import io.github.sparkattention.kernels.opencl.ChildJvm;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * GPT_CONFIG_124M of "Build a Large Language Model (from Scratch)" after {@code
 * torch.manual_seed(123)}, and what its notebooks print: chapter 4 with a context of 1,024 tokens,
 * chapter 5 with 256.
 *
 * <p>163 million weights take 652 MB as they are drawn, and as much as they are prepared. Each
 * model runs in a JVM whose heap of 1.5 GB has just room for both.
 */
@Tag("nightly")
class BookModelTest {
  private static final int SEED = 123;
  private static final int VOCABULARY = 50_257;
  private static final int PATIENCE_SECONDS = 900;

  @Test
  void chapter4ContinuesHelloIAmAsPrinted() throws IOException, InterruptedException {
    ChildJvm child = run(Chapter4.class);
    assertThat(child.value("weights")).isEqualTo("163009536");
    assertThat(child.value("as long as the context")).isEqualTo("true");
    assertThat(child.value("continued"))
        .isEqualTo("[27018, 24086, 47843, 30961, 42348, 7267, 49706, 43231, 47062, 34657]");
  }

  @Test
  void chapter5ScoresItsTextsAsPrinted() throws IOException, InterruptedException {
    ChildJvm child = run(Chapter5.class);
    // The ids of what the book prints, which begins with " rentingetic was" and ends in "stren".
    assertThat(child.value("continued"))
        .isEqualTo("[34245, 5139, 2492, 25405, 17434, 17853, 5308, 3398, 13174, 43071]");
    assertThat(child.value("most probable"))
        .isEqualTo("[16657.0, 339.0, 42826.0, 49906.0, 29669.0, 41751.0]");
    assertThat(child.value("perplexity")).satisfies(BookModelTest::assertPerplexity);
    String[] printed = child.value("targets").replaceAll("[\\[\\] ]", "").split(",", -1);
    assertThat(Arrays.stream(printed).mapToDouble(Double::parseDouble).toArray())
        .containsExactly(
            new double[] {-9.5042, -10.3796, -11.3677, -11.4798, -9.7764, -12.2561}, within(2e-4));
  }

  /** A logarithm that is off by 2e-4 moves the perplexity by as large a part of it. */
  private static void assertPerplexity(String printed) {
    assertThat(Double.parseDouble(printed)).isCloseTo(48_725.8203, within(48_725 * 2e-4));
  }

  private static ChildJvm run(Class<?> main) throws IOException, InterruptedException {
    ChildJvm child = ChildJvm.run(PATIENCE_SECONDS, List.of(), List.of("-Xmx1500m"), main);
    child.output().forEach(System.out::println);
    assertThat(child.exitCode()).as(child.toString()).isZero();
    return child;
  }

  /** Draws the weights and prepares them; nothing holds them afterwards but what is prepared. */
  private static Prepared prepare(Backend backend, int contextLength, Score.Rows rows) {
    ModelConfig config = ModelConfig.book(VOCABULARY, contextLength, 768, 12, 12, false);
    Tensors tensors = SeededWeights.gpt(config, SEED);
    System.out.println("weights: " + tensors.bytes() / Float.BYTES);
    return backend.prepare(config.scores(1, rows), tensors);
  }

  /** Ten more tokens, the most probable one each time. */
  private static String continued(Prepared model, int... given) {
    int[] ids = given;
    for (int i = 0; i < 10; i++) {
      float[] top = Scores.of(model, PackedSequences.packIds(ids)).ids();
      ids = Arrays.copyOf(ids, ids.length + 1);
      ids[ids.length - 1] = (int) top[top.length - 1];
    }
    return Arrays.toString(Arrays.copyOfRange(ids, given.length, ids.length));
  }

  /** The main class of a JVM: a text that goes on, and one as long as the context. */
  static final class Chapter4 {
    private Chapter4() {}

    public static void main(String[] args) {
      try (Backend backend = new ThreadsBackend(2);
          Prepared model = prepare(backend, 1024, Score.Rows.LAST_TOKEN)) {
        System.out.println("continued: " + continued(model, 15496, 11, 314, 716));
        int[] longest = new int[1024];
        Arrays.setAll(longest, i -> i);
        float last = Scores.of(model, PackedSequences.packIds(longest)).logProbabilities()[0];
        System.out.println("as long as the context: " + Float.isFinite(last));
      }
    }
  }

  /** The main class of a JVM: two texts and their targets, and one that goes on. */
  static final class Chapter5 {
    private Chapter5() {}

    public static void main(String[] args) {
      PackedSequences batch =
          PackedSequences.packIds(new int[] {16833, 3626, 6100}, new int[] {40, 1107, 588})
              .withTargets(new int[] {3626, 6100, 345, 1107, 588, 11311});
      Scores scores;
      try (Backend backend = new ThreadsBackend(2);
          Prepared model = prepare(backend, 256, Score.Rows.EACH_TOKEN)) {
        scores = Scores.of(model, batch);
        System.out.println("continued: " + continued(model, 6109, 3626, 6100, 345));
      }
      double sum = 0;
      for (float target : scores.targets()) {
        sum += target;
      }
      System.out.println("most probable: " + Arrays.toString(scores.ids()));
      System.out.println("targets: " + Arrays.toString(scores.targets()));
      System.out.println("perplexity: " + Math.exp(-sum / scores.targets().length));
    }
  }
}
