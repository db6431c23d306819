package io.github.sparkattention.internal.functions;

import io.github.sparkattention.internal.expressions.CosineSimilarity;
import io.github.sparkattention.internal.plan.BatchAttentionStrategy;
import io.github.sparkattention.internal.plan.PushThroughAttention;
import io.github.sparkattention.internal.spark.SparkInternals;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;
import scala.collection.immutable.Seq;
import scala.runtime.AbstractFunction1;

/** What a session needs to know functions, to optimize them and to plan what becomes of them. */
public final class SessionRules {
  private static final Set<SparkSessionExtensions> APPLIED =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  private SessionRules() {}

  /**
   * Has sessions built with the rules and the operator, and adds the functions to all.
   *
   * @param extensions what sessions are built with
   */
  public static void inject(SparkSessionExtensions extensions) {
    // Both the class path and spark.sql.extensions may name who calls this.
    if (APPLIED.add(extensions)) {
      addFunctions(SparkInternals.builtinFunctions());
      extensions.injectOptimizerRule(session -> PushThroughAttention.INSTANCE);
      extensions.injectPreCBORule(session -> AttentionOptimizations.INSTANCE);
      extensions.injectPlannerStrategy(session -> BatchAttentionStrategy.INSTANCE);
    }
  }

  /** Makes a session what it is where it was built with all of this, if it was there before. */
  public static void install(SparkSession session) {
    inject(SparkInternals.extensions(session));
    addFunctions(SparkInternals.functions(session));
  }

  /** As {@link #install}, for the session of this thread or else of the application, if any. */
  public static void installHere() {
    var active = SparkSession.getActiveSession();
    var session = active.isDefined() ? active : SparkSession.getDefaultSession();
    if (session.isDefined()) {
      install(session.get());
    }
  }

  /** Adds the functions that are not there yet. */
  private static void addFunctions(FunctionRegistry registry) {
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
    addSimilarity(registry);
  }

  private static void addSimilarity(FunctionRegistry registry) {
    FunctionIdentifier identifier = new FunctionIdentifier(CosineSimilarity.NAME);
    if (registry.functionExists(identifier)) {
      return;
    }
    ExpressionInfo info =
        new ExpressionInfo(
            CosineSimilarity.class.getName(),
            null,
            CosineSimilarity.NAME,
            "_FUNC_(a, b) - Returns the cosine of the angle between two vectors, from -1 to 1, or 0"
                + " if one of them is all zeros.",
            """

                Arguments:
                  * a - a vector: Spark ML's, array<float> or array<double>
                  * b - another one of the same length
            """,
            """

                Examples:
                  > SELECT cosine_similarity(array(1d, 0d), array(1d, 1d));
                   0.7071067811865475
            """,
            "",
            "",
            "",
            "",
            "");
    registry.registerFunction(
        identifier,
        info,
        new AbstractFunction1<>() {
          @Override
          public Expression apply(Seq<Expression> arguments) {
            return CosineSimilarity.of(arguments);
          }
        });
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
