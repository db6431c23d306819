package io.github.sparkattention.sql;

import io.github.sparkattention.internal.functions.SessionRules;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.SparkSessionExtensionsProvider;
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
 * <p>The second argument is the name of a stage, given by {@link AttentionFunctions#register} or by
 * a setting {@code spark.attention.stages.NAME}, or else the path of a saved one.
 *
 * <p>Spark finds these extensions by itself and builds each session with them, if the jar is on the
 * class path by then. Elsewhere {@code
 * spark.sql.extensions=io.github.sparkattention.sql.AttentionExtensions} names them. A session that
 * was there before the jar learns all of it by {@link AttentionFunctions#install}, or at the first
 * use of a stage.
 */
public final class AttentionExtensions extends AbstractFunction1<SparkSessionExtensions, BoxedUnit>
    implements SparkSessionExtensionsProvider {
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
    SessionRules.inject(extensions);
    return BoxedUnit.UNIT;
  }
}
