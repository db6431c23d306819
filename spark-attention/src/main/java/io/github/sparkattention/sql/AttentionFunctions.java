package io.github.sparkattention.sql;

import io.github.sparkattention.internal.expressions.CosineSimilarity;
import io.github.sparkattention.internal.functions.AttentionExpression;
import io.github.sparkattention.internal.functions.FunctionStage;
import io.github.sparkattention.internal.functions.NamedStages;
import io.github.sparkattention.internal.functions.SessionRules;
import io.github.sparkattention.internal.plan.AttentionModel;
import io.github.sparkattention.internal.spark.SparkInternals;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;

/**
 * A stage's results as functions of a column, for {@code select}, {@code withColumn} and wherever
 * else Spark takes an expression. A session needs no configuration for them:
 *
 * <pre>{@code
 * tokens.select(col("id"), causalAttention(col("tokens"), stage).as("context"));
 * }</pre>
 *
 * <p>They run batched, in the same operator as {@code transform}, and give the same bits. Of the
 * stage's params, those that name columns don't count. Like any function of Spark's, they are
 * computed for all rows that reach the expression, also for those whose value a CASE leaves out.
 *
 * <p>In SQL the functions go by the names {@code causal_attention}, {@code self_attention} and
 * {@code attention_weights}; see {@link AttentionExtensions}.
 */
public final class AttentionFunctions {
  private AttentionFunctions() {}

  /**
   * The context vectors of a causal stage.
   *
   * @param tokens a column of token embeddings, one sequence a row
   * @param stage a {@link io.github.sparkattention.CausalAttention}
   * @return the context vectors of each sequence
   * @throws IllegalArgumentException if the stage isn't causal or has no weights, or if its params
   *     ask for what a function can't do: to drop rows, or to draw dropout by another column
   */
  public static Column causalAttention(Column tokens, AttentionModel stage) {
    return call(FunctionStage.CAUSAL_ATTENTION, tokens, stage);
  }

  /**
   * The context vectors of a stage that isn't causal.
   *
   * @param tokens a column of token embeddings, one sequence a row
   * @param stage a {@link io.github.sparkattention.SelfAttention}
   * @return the context vectors of each sequence
   * @throws IllegalArgumentException if the stage is causal, and for the reasons that {@link
   *     #causalAttention} gives
   */
  public static Column selfAttention(Column tokens, AttentionModel stage) {
    return call(FunctionStage.SELF_ATTENTION, tokens, stage);
  }

  /**
   * The attention weights of a stage.
   *
   * @param tokens a column of token embeddings, one sequence of n tokens a row
   * @param stage the stage
   * @return the attention weights of each sequence, array&lt;array&lt;array&lt;float&gt;&gt;&gt; of
   *     heads × n × n
   * @throws IllegalArgumentException for the reasons that {@link #causalAttention} gives, whatever
   *     the kind of stage
   */
  public static Column attentionWeights(Column tokens, AttentionModel stage) {
    return call(FunctionStage.ATTENTION_WEIGHTS, tokens, stage);
  }

  /**
   * The cosine of the angle between two vectors, by double arithmetic in the order of the
   * dimensions. It doesn't run batched, and can be called anywhere. In SQL it is {@code
   * cosine_similarity}.
   *
   * @param a a column of vectors: vector, array&lt;float&gt; or array&lt;double&gt;
   * @param b another one, with vectors of the same length
   * @return a double from -1 to 1; 0 if a vector is all zeros, NaN if one isn't finite, null if one
   *     is null
   */
  public static Column cosineSimilarity(Column a, Column b) {
    return SparkInternals.column(
        new CosineSimilarity(SparkInternals.expression(a), SparkInternals.expression(b)));
  }

  private static Column call(String function, Column tokens, AttentionModel stage) {
    SessionRules.installHere();
    FunctionStage model = FunctionStage.of(stage.spec().uid(), stage).requireResult(function);
    return SparkInternals.column(
        new AttentionExpression(model, function, SparkInternals.expression(tokens)));
  }

  /**
   * Gives a session all that {@link AttentionExtensions} gives to those that start with the jar:
   * the functions in SQL, the rules of the optimizer and the operator. A session that was there
   * before the jar, as in a notebook, needs no restart then. To call it again changes nothing.
   *
   * <p>Sessions that come of this one have all of it, too, as have all new ones of this JVM. Of
   * those that came of it before, the rules and the operator hold, and the functions once it is
   * called for them.
   *
   * @param session a session on the driver
   * @throws IllegalArgumentException if the session belongs to Spark Connect
   */
  public static void install(SparkSession session) {
    SessionRules.install(session);
  }

  /**
   * Gives a stage a name by which SQL's functions find it, in all sessions of the application,
   * those of its Spark Connect clients among them.
   *
   * <p>A name that a setting {@code spark.attention.stages.NAME} gives to another stage, too, is
   * refused when it is called.
   *
   * @param session a session of the application
   * @param name the name, which comes before a path of the same text
   * @param stage the stage as it is now, which takes the place of an earlier one of this name
   * @throws IllegalArgumentException if the name is empty or has a slash, as paths do, and for the
   *     reasons that {@link #causalAttention} gives, whatever the kind of stage
   */
  public static void register(SparkSession session, String name, AttentionModel stage) {
    NamedStages.register(session, name, stage);
    SessionRules.install(session);
  }
}
