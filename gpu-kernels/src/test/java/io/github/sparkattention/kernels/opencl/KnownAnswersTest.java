package io.github.sparkattention.kernels.opencl;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.sparkattention.kernels.Activation;
import io.github.sparkattention.kernels.Norm;
import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.Outputs;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Step;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("any-loops")
class KnownAnswersTest {
  private final KnownAnswers answers = new KnownAnswers();
  private final Program program = answers.program();

  private KnownAnswers.Verdict of(Consumer<Outputs> driver) {
    return answers.compare(new PlayedBackend(driver));
  }

  private float[] values(Outputs outputs, Output output) {
    return outputs.array(program.outputs().indexOf(output));
  }

  private static int indexOf(float[] values, float value) {
    for (int i = 0; i < values.length; i++) {
      if (Float.floatToIntBits(values[i]) == Float.floatToIntBits(value)) {
        return i;
      }
    }
    throw new AssertionError(value + " is not there");
  }

  @Test
  void javaThreadsKnowTheAnswers() {
    try (ThreadsBackend threads = new ThreadsBackend(1)) {
      assertThat(answers.compare(threads)).isEqualTo(KnownAnswers.Verdict.SAME);
    }
  }

  /** A device may be right about nine operations and wrong about the tenth. */
  @Test
  void eachOperationIsAsked() {
    assertThat(program.steps().stream().map(step -> (Object) step.getClass()).distinct())
        .containsExactlyInAnyOrder(Stream.of(Step.class.getPermittedSubclasses()).toArray());
    List<Step.Project> projections = of(Step.Project.class);
    assertThat(projections.stream().map(Step.Project::activation)).contains(Activation.values());
    assertThat(projections)
        .anyMatch(step -> step.gate() != Step.NONE)
        .anyMatch(step -> step.residual() != Step.NONE);
    assertThat(of(Step.Normalize.class).stream().map(step -> step.norm().kind()))
        .contains(Norm.Kind.values());
    assertThat(of(Step.Score.class).stream().map(Step.Score::rows))
        .contains(Step.Score.Rows.values());
    assertThat(of(Step.Attend.class).stream().map(Step.Attend::heads))
        .anyMatch(heads -> !heads.causal())
        .anyMatch(
            heads ->
                heads.causal()
                    && heads.slidingWindow() > 0
                    && heads.softcap() > 0
                    && heads.dropout() > 0
                    && heads.numKvHeads() < heads.numHeads());
    assertThat(program.outputs().stream().map(output -> (Object) output.getClass()).distinct())
        .containsExactlyInAnyOrder(Stream.of(Output.class.getPermittedSubclasses()).toArray());
  }

  private <T extends Step> List<T> of(Class<T> kind) {
    return program.steps().stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** Nobody would miss one of them if no answer had it. */
  @Test
  void answersHaveTheNumbersWithWhichDevicesDiffer() {
    of(
        outputs -> {
          float[] signed = values(outputs, new Output.Values(12));
          assertThat(signed)
              .contains(
                  0f,
                  -0f,
                  Float.MIN_VALUE,
                  -Float.MIN_VALUE,
                  Float.POSITIVE_INFINITY,
                  Float.NEGATIVE_INFINITY,
                  Float.NaN);
        });
  }

  @Test
  void anotherNumberIsSaidWithItsPlaceAndWhatItShouldBe() {
    float[] right = new float[1];
    KnownAnswers.Verdict verdict =
        of(
            outputs -> {
              float[] values = values(outputs, new Output.Values(9));
              right[0] = values[3 * 70 + 5];
              values[3 * 70 + 5] = Math.nextUp(right[0]);
            });
    assertThat(verdict.difference())
        .isEqualTo(
            "computes value 5 of token 3 in step 9 (Project, GELU_TANH) as %s, where the numeric"
                + " contract gives %s",
            Math.nextUp(right[0]), right[0]);
    assertThat(verdict.explanations()).isEmpty();
    assertThat(verdict.passes(EnumSet.allOf(Deviation.class))).isFalse();
  }

  @Test
  void whatAKernelThatStopsHalfWayLeavesOutIsSaidToBeUnwritten() {
    Output weights = new Output.AttentionWeights(5);
    float[] right = new float[1];
    KnownAnswers.Verdict verdict =
        of(
            outputs -> {
              float[] values = values(outputs, weights);
              right[0] = values[values.length - 1];
              values[values.length - 1] = KnownAnswers.UNWRITTEN;
            });
    assertThat(verdict.difference())
        .isEqualTo(
            "leaves attention weight %d in step 5 (Attend) unwritten, where the numeric contract"
                + " gives %s",
            66 * 66 + 1 + 17 * 17 - 1, right[0]);
  }

  @Test
  void aRuntimeThatReturnsZerosInPlaceOfResultsIsFound() {
    KnownAnswers.Verdict verdict =
        of(outputs -> Arrays.fill(values(outputs, new Output.LogSumExp(4)), 0f));
    assertThat(verdict.difference())
        .startsWith("computes log-sum-exp 0 in step 4 (Attend) as 0.0, where the numeric contract");
  }

  @Test
  void zerosOfTheOtherSignPassWhereTheyAreAcceptedByTheirName() {
    KnownAnswers.Verdict verdict =
        of(
            outputs -> {
              float[] values = values(outputs, new Output.Values(12));
              values[indexOf(values, 0f)] = -0f;
            });
    assertThat(verdict.difference())
        .matches(
            "computes value [01] of token \\d+ in step 14 \\(Project\\) as -0\\.0, where the"
                + " numeric contract gives 0\\.0");
    assertThat(verdict.explanations()).containsExactly(Deviation.SIGNED_ZEROS);
    assertThat(verdict.passes(Set.of())).isFalse();
    assertThat(verdict.passes(Set.of(Deviation.SUBNORMALS))).isFalse();
    assertThat(verdict.passes(Set.of(Deviation.SIGNED_ZEROS))).isTrue();
  }

  @Test
  void smallNumbersThatAreFlushedPassWhereTheyAreAcceptedByTheirName() {
    KnownAnswers.Verdict verdict =
        of(
            outputs -> {
              float[] values = values(outputs, new Output.Values(11));
              values[indexOf(values, Float.MIN_VALUE)] = 0f;
              values[indexOf(values, -0f)] = 0f;
            });
    assertThat(verdict.difference()).contains(" in step 13 (Embed) as 0.0, ");
    assertThat(verdict.explanations())
        .containsExactlyInAnyOrder(Deviation.SUBNORMALS, Deviation.SIGNED_ZEROS);
    assertThat(verdict.passes(Set.of(Deviation.SUBNORMALS))).isFalse();
    assertThat(verdict.passes(EnumSet.allOf(Deviation.class))).isTrue();
  }

  @Test
  void whatNothingExplainsComesBeforeWhatIsExplained() {
    KnownAnswers.Verdict verdict =
        of(
            outputs -> {
              float[] values = values(outputs, new Output.Values(11));
              values[indexOf(values, 0f)] = -0f;
              values(outputs, new Output.Values(23))[1] = 7f;
            });
    assertThat(verdict.difference())
        .startsWith("computes value 1 of token 0 in step 25 (Normalize)");
    assertThat(verdict.explanations()).isEmpty();
  }

  @Test
  void deviationsHaveTheNamesThatUsersWrite() {
    assertThat(Stream.of(Deviation.values()).map(Deviation::toString).collect(Collectors.toList()))
        .containsExactly("signed-zeros", "subnormals");
    assertThat(Deviation.SUBNORMALS.explains(Float.MIN_NORMAL, 0f)).isFalse();
    assertThat(Deviation.SUBNORMALS.explains(1.5f * Float.MIN_NORMAL, Float.MIN_NORMAL)).isTrue();
    assertThat(Deviation.SUBNORMALS.explains(1f, Math.nextUp(1f))).isFalse();
    assertThat(Deviation.SUBNORMALS.explains(0f, -0f)).isFalse();
    assertThat(Deviation.SUBNORMALS.explains(Float.NaN, 0f)).isFalse();
    assertThat(Deviation.SIGNED_ZEROS.explains(-0f, 0f)).isTrue();
    assertThat(Deviation.SIGNED_ZEROS.explains(Float.MIN_VALUE, 0f)).isFalse();
  }
}
