package io.github.sparkattention;

import static io.github.sparkattention.ParamDeclaration.atLeast;
import static io.github.sparkattention.ParamDeclaration.integer;
import static io.github.sparkattention.ParamDeclaration.oneOf;
import static io.github.sparkattention.ParamDeclaration.string;

import io.github.sparkattention.internal.batches.BatchLimits;
import io.github.sparkattention.internal.forms.SequenceForm;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * The params of an attention stage that name its columns and say what they hold. A getter throws a
 * {@link java.util.NoSuchElementException} if its param is not set and has no default.
 *
 * @param <S> the stage's own class, which setters return
 */
public sealed interface ColumnParams<S extends ColumnParams<S>> extends Params
    permits AttentionStage {
  /** Declares {@link #inputCol()}. */
  ParamDeclaration<String, Param<String>> INPUT_COL =
      string(
              "inputCol",
              "name of the column with one sequence of token embeddings a row: "
                  + SequenceForm.ACCEPTED)
          .withDefault("tokens");

  /**
   * {@return the name of the column with one sequence of token embeddings a row: {@code
   * array<array<number>>} with any of Spark's types of numbers, {@code array<vector>}, matrix (one
   * row a token), {@code array<number>} (one token after another), or Spark NLP's annotations with
   * their embeddings. Vectors and matrices may be dense or sparse. What a float can't hold exactly
   * is rounded to the nearest one}
   */
  default Param<String> inputCol() {
    return INPUT_COL.of(this);
  }

  /** {@return the value of {@link #inputCol()}} */
  default String getInputCol() {
    return INPUT_COL.get(this);
  }

  /**
   * {@return this stage, with {@link #inputCol()} set}
   *
   * @param value the param's value
   */
  default S setInputCol(String value) {
    return with(INPUT_COL, value);
  }

  /** Declares {@link #outputCol()}. */
  ParamDeclaration<String, Param<String>> OUTPUT_COL =
      string(
              "outputCol",
              "name of the column of context vectors that is added, in the form of outputFormat; empty means none")
          .withDefault("context");

  /**
   * {@return the name of the column of context vectors that is added, in the form of {@link
   * #outputFormat()}; empty means none}
   */
  default Param<String> outputCol() {
    return OUTPUT_COL.of(this);
  }

  /** {@return the value of {@link #outputCol()}} */
  default String getOutputCol() {
    return OUTPUT_COL.get(this);
  }

  /**
   * {@return this stage, with {@link #outputCol()} set}
   *
   * @param value the param's value
   */
  default S setOutputCol(String value) {
    return with(OUTPUT_COL, value);
  }

  /** Declares {@link #outputFormat()}. */
  ParamDeclaration<String, Param<String>> OUTPUT_FORMAT =
      string(
              "outputFormat",
              "form of the context vectors: array (array<array<float>>), flat (array<float>), vectors (array<vector>) or matrix")
          .withCheck(oneOf("array", "flat", "vectors", "matrix"))
          .withDefault("array");

  /**
   * {@return the form of the context vectors: {@code array} ({@code array<array<float>>}), {@code
   * flat} ({@code array<float>}, one token after another), {@code vectors} ({@code array<vector>},
   * dense) or {@code matrix} (Spark's dense matrix, one row a token)}
   */
  default Param<String> outputFormat() {
    return OUTPUT_FORMAT.of(this);
  }

  /** {@return the value of {@link #outputFormat()}} */
  default String getOutputFormat() {
    return OUTPUT_FORMAT.get(this);
  }

  /**
   * {@return this stage, with {@link #outputFormat()} set}
   *
   * @param value the param's value
   */
  default S setOutputFormat(String value) {
    return with(OUTPUT_FORMAT, value);
  }

  /** Declares {@link #pooling()}. */
  ParamDeclaration<String, Param<String>> POOLING =
      string(
              "pooling",
              "how a sequence's context vectors become the one vector of pooledCol: none (not at all), last, mean or max")
          .withCheck(oneOf("none", "last", "mean", "max"))
          .withDefault("none");

  /**
   * {@return how a sequence's context vectors become the one vector of pooledCol: {@code none} (not
   * at all), {@code last} (the last token's), {@code mean} or {@code max} (in each dimension), by
   * double arithmetic in the order of the tokens; a sequence without tokens gives a vector of
   * zeros}
   */
  default Param<String> pooling() {
    return POOLING.of(this);
  }

  /** {@return the value of {@link #pooling()}} */
  default String getPooling() {
    return POOLING.get(this);
  }

  /**
   * {@return this stage, with {@link #pooling()} set}
   *
   * @param value the param's value
   */
  default S setPooling(String value) {
    return with(POOLING, value);
  }

  /** Declares {@link #pooledCol()}. */
  ParamDeclaration<String, Param<String>> POOLED_COL =
      string(
              "pooledCol",
              "name of the column of pooled context vectors that is added if pooling is not none, vector")
          .withDefault("pooled");

  /**
   * {@return the name of the column of pooled context vectors that is added if pooling is not none:
   * a dense vector of dOut values with Spark ML's attributes, ready for the stages that read
   * features}
   */
  default Param<String> pooledCol() {
    return POOLED_COL.of(this);
  }

  /** {@return the value of {@link #pooledCol()}} */
  default String getPooledCol() {
    return POOLED_COL.get(this);
  }

  /**
   * {@return this stage, with {@link #pooledCol()} set}
   *
   * @param value the param's value
   */
  default S setPooledCol(String value) {
    return with(POOLED_COL, value);
  }

  /** Declares {@link #attentionWeightsCol()}. */
  ParamDeclaration<String, Param<String>> ATTENTION_WEIGHTS_COL =
      string(
          "attentionWeightsCol",
          "name of the column of attention weights that is added, array<array<array<float>>> with heads x n x n values a row; unset or empty means none");

  /**
   * {@return the name of the column of attention weights that is added, {@code
   * array<array<array<float>>>} with heads x n x n values a row; unset or empty means none}
   */
  default Param<String> attentionWeightsCol() {
    return ATTENTION_WEIGHTS_COL.of(this);
  }

  /** {@return the value of {@link #attentionWeightsCol()}} */
  default String getAttentionWeightsCol() {
    return ATTENTION_WEIGHTS_COL.get(this);
  }

  /**
   * {@return this stage, with {@link #attentionWeightsCol()} set}
   *
   * @param value the param's value
   */
  default S setAttentionWeightsCol(String value) {
    return with(ATTENTION_WEIGHTS_COL, value);
  }

  /** Declares {@link #maxAttentionWeightsLength()}. */
  ParamDeclaration<Integer, IntParam> MAX_ATTENTION_WEIGHTS_LENGTH =
      integer(
              "maxAttentionWeightsLength",
              "longest sequence, in tokens, whose attention weights may be asked for")
          .withCheck(atLeast(1))
          .withDefault(BatchLimits.DEFAULT.weightsLength());

  /**
   * {@return the longest sequence, in tokens, whose attention weights may be asked for, since they
   * take heads x n x n values; a longer one is treated as handleInvalid says}
   */
  default IntParam maxAttentionWeightsLength() {
    return MAX_ATTENTION_WEIGHTS_LENGTH.of(this);
  }

  /** {@return the value of {@link #maxAttentionWeightsLength()}} */
  default int getMaxAttentionWeightsLength() {
    return MAX_ATTENTION_WEIGHTS_LENGTH.get(this);
  }

  /**
   * {@return this stage, with {@link #maxAttentionWeightsLength()} set}
   *
   * @param value the param's value
   */
  default S setMaxAttentionWeightsLength(int value) {
    return with(MAX_ATTENTION_WEIGHTS_LENGTH, value);
  }

  /** Declares {@link #logSumExpCol()}. */
  ParamDeclaration<String, Param<String>> LOG_SUM_EXP_COL =
      string(
          "logSumExpCol",
          "name of the column of log-sum-exps of the scores that is added, array<array<float>> with heads x n values a row; unset or empty means none");

  /**
   * {@return the name of the column of log-sum-exps of the scores that is added, {@code
   * array<array<float>>} with heads x n values a row: the natural logarithm of a query's sum of
   * exp(score) over the keys that it sees, minus infinity where it sees none; unset or empty means
   * none}
   */
  default Param<String> logSumExpCol() {
    return LOG_SUM_EXP_COL.of(this);
  }

  /** {@return the value of {@link #logSumExpCol()}} */
  default String getLogSumExpCol() {
    return LOG_SUM_EXP_COL.get(this);
  }

  /**
   * {@return this stage, with {@link #logSumExpCol()} set}
   *
   * @param value the param's value
   */
  default S setLogSumExpCol(String value) {
    return with(LOG_SUM_EXP_COL, value);
  }

  @SuppressWarnings("unchecked") // Each stage names itself as S.
  private <T> S with(ParamDeclaration<T, ?> param, T value) {
    param.set(this, value);
    return (S) this;
  }
}
