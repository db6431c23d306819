package io.github.sparkattention.sql;

import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.SparkSessionExtensionsProvider;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import scala.collection.immutable.Seq;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * Teaches sessions to plan attention, and adds to Spark SQL the functions {@code causal_attention},
 * {@code self_attention} and {@code attention_weights}:
 *
 * <pre>{@code
 * SELECT id, causal_attention(tokens, 'hdfs:///models/attention') AS context FROM sequences
 * }</pre>
 *
 * <p>The second argument is the name of a stage that the program has given to {@link
 * AttentionFunctions#register}, or else the path of a saved one.
 *
 * <p>Spark finds these extensions by itself and builds each session with them, if the jar is on the
 * class path by then. Elsewhere {@code
 * spark.sql.extensions=io.github.sparkattention.sql.AttentionExtensions} names them. A session that
 * was there before the jar learns all of it at the first use of a stage.
 */
public final class AttentionExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit>
    implements SparkSessionExtensionsProvider {
  private static final Set<SparkSessionExtensions> APPLIED =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  /** Makes the extensions; Spark calls this. */
  public AttentionExtensions() {}

  /**
   * Adds the optimizations and the operator to a session, and the functions to all.
   *
   * @param extensions what a session is built with
   * @return nothing
   */
  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    // Both the class path and spark.sql.extensions may name this class.
    if (APPLIED.add(extensions)) {
      addFunctions(SparkInternals.builtinFunctions());
      extensions.injectOptimizerRule(session -> PushThroughAttention.INSTANCE);
      extensions.injectPreCBORule(session -> AttentionOptimizations.INSTANCE);
      extensions.injectPlannerStrategy(session -> BatchAttentionStrategy.INSTANCE);
    }
    return BoxedUnit.UNIT;
  }

  /** Adds the functions that are not there yet. */
  static void addFunctions(FunctionRegistry registry) {
    add(
        registry,
        FunctionStage.CAUSAL_ATTENTION,
        "the context vectors of a sequence of token embeddings, where each token attends to itself"
            + " and those before it");
    add(
        registry,
        FunctionStage.SELF_ATTENTION,
        "the context vectors of a sequence of token embeddings, where each token attends to all");
    add(
        registry,
        FunctionStage.ATTENTION_WEIGHTS,
        "the attention weights of a sequence of token embeddings, heads x tokens x tokens");
  }

  private static void add(FunctionRegistry registry, String function, String gives) {
    FunctionIdentifier identifier = new FunctionIdentifier(function);
    if (registry.functionExists(identifier)) {
      return;
    }
    ExpressionInfo info =
        new ExpressionInfo(
            AttentionExpression.class.getName(),
            null,
            function,
            String.format("_FUNC_(tokens, stage) - Returns %s.", gives),
            """

                Arguments:
                  * tokens - a sequence of token embeddings, of a type that stages take
                  * stage - a constant string, the name of a stage or the path of a saved one
            """,
            String.format(
                """

                    Examples:
                      > SELECT id, %s(tokens, 'hdfs:///models/attention') FROM sequences;
                """,
                function),
            "",
            "",
            "0.1.0",
            "",
            "");
    registry.registerFunction(
        identifier,
        info,
        new AbstractFunction1<>() {
          @Override
          public Expression apply(Seq<Expression> arguments) {
            return FunctionCall.of(function, arguments);
          }
        });
  }
}
