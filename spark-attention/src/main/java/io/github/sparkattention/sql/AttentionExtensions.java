package io.github.sparkattention.sql;

import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import scala.Tuple3;
import scala.collection.immutable.Seq;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * Adds to Spark SQL the functions {@code causal_attention}, {@code self_attention} and {@code
 * attention_weights}, where {@code
 * spark.sql.extensions=io.github.sparkattention.sql.AttentionExtensions} is set:
 *
 * <pre>{@code
 * SELECT id, causal_attention(tokens, 'hdfs:///models/attention') AS context FROM sequences
 * }</pre>
 *
 * <p>The second argument is the name of a stage that the program has given to {@link
 * AttentionFunctions#register}, or else the path of a saved one.
 *
 * <p>Besides, filters on other columns then pass below the stages before Spark hands them on to the
 * sources of rows; without the extensions they pass after that, which only sources of Spark's older
 * interface, such as Parquet files, still make use of.
 */
public final class AttentionExtensions
    extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {
  /** Makes the extensions; Spark calls this. */
  public AttentionExtensions() {}

  /**
   * Adds the functions and the optimizations.
   *
   * @param extensions what a session is built with
   * @return nothing
   */
  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    add(
        extensions,
        FunctionStage.CAUSAL_ATTENTION,
        "the context vectors of a sequence of token embeddings, where each token attends to itself"
            + " and those before it");
    add(
        extensions,
        FunctionStage.SELF_ATTENTION,
        "the context vectors of a sequence of token embeddings, where each token attends to all");
    add(
        extensions,
        FunctionStage.ATTENTION_WEIGHTS,
        "the attention weights of a sequence of token embeddings, heads x tokens x tokens");
    extensions.injectOptimizerRule(session -> PushThroughAttention.INSTANCE);
    extensions.injectCheckRule(
        session -> {
          // Early in each session, so that it can plan what another one has left in a global view.
          SparkInternals.install(session);
          return plan -> BoxedUnit.UNIT;
        });
    return BoxedUnit.UNIT;
  }

  private static void add(SparkSessionExtensions extensions, String function, String gives) {
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
    extensions.injectFunction(
        new Tuple3<>(
            new FunctionIdentifier(function),
            info,
            new AbstractFunction1<>() {
              @Override
              public Expression apply(Seq<Expression> arguments) {
                return FunctionCall.of(function, arguments);
              }
            }));
  }
}
