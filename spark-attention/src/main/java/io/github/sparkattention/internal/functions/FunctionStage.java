package io.github.sparkattention.internal.functions;

import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.batches.InvalidRows;
import io.github.sparkattention.internal.plan.AttentionModel;
import io.github.sparkattention.internal.results.LayerResults;
import io.github.sparkattention.internal.results.ResultColumn;
import io.github.sparkattention.internal.results.ResultKind;
import io.github.sparkattention.internal.weights.LayerWeights;
import io.github.sparkattention.internal.weights.PlanWeights;
import io.github.sparkattention.kernels.Step;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.sql.types.StructField;

/**
 * A stage as the functions run it: its settings with a result of each function's name, and its
 * weights.
 */
public final class FunctionStage {
  /** Gives the context vectors of a stage that is causal. */
  public static final String CAUSAL_ATTENTION = "causal_attention";

  /** Gives the context vectors of a stage that isn't causal. */
  public static final String SELF_ATTENTION = "self_attention";

  /** Gives the attention weights of either. */
  public static final String ATTENTION_WEIGHTS = "attention_weights";

  private final String name;
  private final AttentionSpec spec;
  private final PlanWeights weights;

  private FunctionStage(String name, AttentionSpec spec, PlanWeights weights) {
    this.name = name;
    this.spec = spec;
    this.weights = weights;
  }

  /**
   * Takes a stage as it is now.
   *
   * @param name what users call it
   * @param stage the stage
   * @throws IllegalArgumentException if a function can't do what the stage's params ask for
   */
  public static FunctionStage of(String name, AttentionModel stage) {
    LayerWeights weights = stage.layer();
    AttentionSpec spec = stage.spec(weights);
    if (spec.invalidRows() == InvalidRows.SKIP) {
      throw refused(
          spec,
          "a function can't drop rows, as handleInvalid = 'skip' asks for; set it to 'keep' for null"
              + " results, or call transform");
    }
    if (spec.dropoutKeyCol().isPresent()) {
      throw refused(
          spec,
          String.format(
              "a function has no column '%s' (dropoutKeyCol); unset it, so that dropout goes by the"
                  + " tokens, or call transform",
              spec.dropoutKeyCol().get()));
    }
    List<ResultColumn> results =
        List.of(
            new ResultColumn(contextKind(spec), contextFunction(spec)),
            new ResultColumn(LayerResults.ATTENTION_WEIGHTS, ATTENTION_WEIGHTS));
    return new FunctionStage(name, spec.with(spec.inputCol(), results), weights);
  }

  /**
   * Takes a stage whose results have the names of functions already.
   *
   * @param name what users call it
   * @param spec its settings
   * @param weights its weights
   */
  static FunctionStage of(String name, AttentionSpec spec, PlanWeights weights) {
    return new FunctionStage(name, spec, weights);
  }

  /** In the form that the stage gives, if it gives context vectors at all. */
  private static ResultKind contextKind(AttentionSpec spec) {
    return spec.results().stream()
        .map(ResultColumn::kind)
        .filter(kind -> kind.param().equals(LayerResults.CONTEXT_ARRAY.param()))
        .findFirst()
        .orElse(LayerResults.CONTEXT_ARRAY);
  }

  private static String contextFunction(AttentionSpec spec) {
    return isCausal(spec) ? CAUSAL_ATTENTION : SELF_ATTENTION;
  }

  private static boolean isCausal(AttentionSpec spec) {
    return spec.program().steps().stream()
        .anyMatch(step -> step instanceof Step.Attend attend && attend.heads().causal());
  }

  private static IllegalArgumentException refused(AttentionSpec spec, String fault) {
    return new IllegalArgumentException(spec.uid() + ": " + fault + ".");
  }

  /**
   * Checks that a function gives what its name says.
   *
   * @param function the function's name
   * @return this
   * @throws IllegalArgumentException if it is for stages of the other kind
   */
  public FunctionStage requireResult(String function) {
    if (spec.outputs().stream().noneMatch(field -> field.name().equals(function))) {
      throw refused(
          spec,
          String.format(
              "the stage is %s, and %s is not for such stages; call %s",
              isCausal(spec) ? "causal" : "not causal", function, contextFunction(spec)));
    }
    return this;
  }

  StructField result(String function) {
    return spec.outputs().stream()
        .filter(field -> field.name().equals(function))
        .findFirst()
        .orElseThrow();
  }

  /** What users call the stage: a name, a path, or its uid. */
  String name() {
    return name;
  }

  /**
   * The settings of a node that computes some of the results.
   *
   * @param tokens what gives the sequences, for messages
   * @param functions the functions whose results are wanted
   */
  AttentionSpec spec(String tokens, Set<String> functions) {
    return spec.with(
        tokens,
        spec.results().stream().filter(column -> functions.contains(column.name())).toList());
  }

  /** Whether a node's settings are those of this stage, whichever of its results it gives. */
  boolean computes(AttentionSpec other) {
    return other.with("", List.of()).canonical().equals(spec.with("", List.of()).canonical())
        && other.results().stream()
            .allMatch(column -> spec.results().contains(column.wanted(true)));
  }

  PlanWeights weights() {
    return weights;
  }

  /** Whether both compute the same; what they are called doesn't count, nor their uids. */
  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof FunctionStage that
            && spec.canonical().equals(that.spec.canonical())
            && weights.equals(that.weights));
  }

  @Override
  public int hashCode() {
    return Objects.hash(spec.canonical(), weights);
  }

  @Override
  public String toString() {
    return name;
  }
}
