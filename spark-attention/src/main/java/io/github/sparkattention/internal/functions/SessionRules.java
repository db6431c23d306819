package io.github.sparkattention.internal.functions;

import io.github.sparkattention.internal.expressions.CosineSimilarity;
import io.github.sparkattention.internal.plan.BatchAttentionStrategy;
import io.github.sparkattention.internal.plan.PushThroughAttention;
import io.github.sparkattention.internal.spark.SparkInternals;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.BiFunction;
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
    Signature ofSequences =
        new Signature(
            AttentionExpression.class,
            FunctionCall::of,
            "tokens, stage",
            """

                Arguments:
                  * tokens - a sequence of token embeddings, of a type that stages take
                  * stage - a constant string, the name of a stage or the path of a saved one
            """,
            "SELECT id, _FUNC_(tokens, 'hdfs:///models/attention') FROM sequences;");
    add(
        registry,
        ofSequences,
        FunctionStage.CAUSAL_ATTENTION,
        "the context vectors of a sequence of token embeddings, where each token attends to itself"
            + " and those before it");
    add(
        registry,
        ofSequences,
        FunctionStage.SELF_ATTENTION,
        "the context vectors of a sequence of token embeddings, where each token attends to all");
    add(
        registry,
        ofSequences,
        FunctionStage.ATTENTION_WEIGHTS,
        "the attention weights of a sequence of token embeddings, heads x tokens x tokens");
    Signature ofTexts =
        new Signature(
            AttentionExpression.class,
            FunctionCall::of,
            "text, model",
            """

                Arguments:
                  * text - a string
                  * model - a constant string, the path of a folder with a model and its tokenizer
            """,
            "SELECT id, _FUNC_(text, 'hdfs:///models/checkpoint') FROM texts;");
    add(
        registry,
        ofTexts,
        TextStage.EMBED,
        "the vector of a text, pooled as the model's files say");
    add(
        registry,
        ofTexts,
        TextStage.LOG_PROBABILITY,
        "the sum of the log-probabilities of a text's ids after the first");
    add(registry, ofTexts, TextStage.PERPLEXITY, "the perplexity of a text");
    Signature ofVectors =
        new Signature(
            CosineSimilarity.class,
            (function, arguments) -> CosineSimilarity.of(arguments),
            "a, b",
            """

                Arguments:
                  * a - a vector: Spark ML's, array<float> or array<double>
                  * b - another one of the same length
            """,
            "SELECT _FUNC_(array(1d, 0d), array(1d, 1d));\n           0.7071067811865475");
    add(
        registry,
        ofVectors,
        CosineSimilarity.NAME,
        "the cosine of the angle between two vectors, from -1 to 1, or 0 if one of them is all"
            + " zeros");
  }

  /** What functions of a kind take, for DESCRIBE FUNCTION. */
  private record Signature(
      Class<? extends Expression> expression,
      BiFunction<String, Seq<Expression>, Expression> call,
      String names,
      String arguments,
      String example) {}

  private static void add(
      FunctionRegistry registry, Signature signature, String function, String gives) {
    FunctionIdentifier identifier = SparkInternals.builtinName(function);
    if (registry.functionExists(identifier)) {
      return;
    }
    ExpressionInfo info =
        new ExpressionInfo(
            signature.expression.getName(),
            null,
            function,
            String.format("_FUNC_(%s) - Returns %s.", signature.names, gives),
            signature.arguments,
            String.format(
                """

                    Examples:
                      > %s
                """,
                signature.example),
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
            return signature.call.apply(function, arguments);
          }
        });
  }
}
