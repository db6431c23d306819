package io.github.sparkattention;

import static io.github.sparkattention.ParamDeclaration.atLeast;
import static io.github.sparkattention.ParamDeclaration.flag;
import static io.github.sparkattention.ParamDeclaration.integer;
import static io.github.sparkattention.ParamDeclaration.oneOf;
import static io.github.sparkattention.ParamDeclaration.string;

import io.github.sparkattention.internal.batches.BatchLimits;
import io.github.sparkattention.kernels.Step.Score;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * The params of a {@link LanguageModel} that name its columns and say what they hold. Each column
 * is added only if its param names it. A getter throws a {@link java.util.NoSuchElementException}
 * if its param is not set and has no default.
 *
 * @param <S> the stage's own class, which setters return
 */
public sealed interface ModelColumnParams<S extends ModelColumnParams<S>> extends Params
    permits LanguageModel {
  /** Declares {@link #inputCol()}. */
  ParamDeclaration<String, Param<String>> INPUT_COL =
      string(
              "inputCol",
              "name of the column with one sequence of ids a row: array<int>, or an array of bigint, smallint or tinyint")
          .withDefault("ids");

  /**
   * {@return the name of the column with one sequence of ids a row: {@code array<int>}, or an array
   * of bigint, smallint or tinyint}
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
          "name of the column of token vectors that is added, in the form of outputFormat; unset or empty means none");

  /**
   * {@return the name of the column of token vectors that is added, in the form of {@link
   * #outputFormat()}: what the last block leaves, after the final norm where the model has one;
   * unset or empty means none}
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
              "form of token vectors and hidden states: array (array<array<float>>), flat (array<float>), vectors (array<vector>) or matrix")
          .withCheck(oneOf("array", "flat", "vectors", "matrix"))
          .withDefault("array");

  /**
   * {@return the form of token vectors and hidden states: {@code array} ({@code
   * array<array<float>>}), {@code flat} ({@code array<float>}, one token after another), {@code
   * vectors} ({@code array<vector>}, dense) or {@code matrix} (Spark's dense matrix, one row a
   * token)}
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

  /** Declares {@link #pooledCol()}. */
  ParamDeclaration<String, Param<String>> POOLED_COL =
      string(
          "pooledCol",
          "name of the column of pooled vectors that is added, vector; unset or empty means none");

  /**
   * {@return the name of the column of pooled vectors that is added: a dense vector with Spark ML's
   * attributes, ready for the stages that read features; a sequence without ids gives zeros; unset
   * or empty means none}
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

  /** Declares {@link #pooling()}. */
  ParamDeclaration<String, Param<String>> POOLING =
      string(
              "pooling",
              "how a sequence's token vectors become the one vector of pooledCol: last, mean, max or cls (the first); unset means what the checkpoint's files say")
          .withCheck(oneOf("last", "mean", "max", "cls"));

  /**
   * {@return how a sequence's token vectors become the one vector of pooledCol: {@code last},
   * {@code mean}, {@code max} (in each dimension) or {@code cls} (the first), by double arithmetic
   * in the order of the tokens, rounded to float; unset means what the checkpoint's files say}
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

  /** Declares {@link #normalize()}. */
  ParamDeclaration<Boolean, BooleanParam> NORMALIZE =
      flag(
          "normalize",
          "whether the vector of pooledCol is divided by its Euclidean length; unset means what the checkpoint's files say, or else false");

  /**
   * {@return whether the vector of pooledCol is divided by its Euclidean length; unset means what
   * the checkpoint's files say, or else false}
   */
  default BooleanParam normalize() {
    return NORMALIZE.of(this);
  }

  /** {@return the value of {@link #normalize()}} */
  default boolean getNormalize() {
    return NORMALIZE.get(this);
  }

  /**
   * {@return this stage, with {@link #normalize()} set}
   *
   * @param value the param's value
   */
  default S setNormalize(boolean value) {
    return with(NORMALIZE, value);
  }

  /** Declares {@link #hiddenStatesCol()}. */
  ParamDeclaration<String, Param<String>> HIDDEN_STATES_COL =
      string(
          "hiddenStatesCol",
          "name of the column of the hidden states of hiddenLayer that is added, in the form of outputFormat; unset or empty means none");

  /**
   * {@return the name of the column of the hidden states of {@link #hiddenLayer()} that is added,
   * in the form of {@link #outputFormat()}; unset or empty means none}
   */
  default Param<String> hiddenStatesCol() {
    return HIDDEN_STATES_COL.of(this);
  }

  /** {@return the value of {@link #hiddenStatesCol()}} */
  default String getHiddenStatesCol() {
    return HIDDEN_STATES_COL.get(this);
  }

  /**
   * {@return this stage, with {@link #hiddenStatesCol()} set}
   *
   * @param value the param's value
   */
  default S setHiddenStatesCol(String value) {
    return with(HIDDEN_STATES_COL, value);
  }

  /** Declares {@link #hiddenLayer()}. */
  ParamDeclaration<Integer, IntParam> HIDDEN_LAYER =
      integer(
              "hiddenLayer",
              "the layer of hiddenStatesCol as Hugging Face numbers hidden states: 0 is after the embeddings, N after block N; the last one is what outputCol holds")
          .withCheck(atLeast(0));

  /**
   * {@return the layer of hiddenStatesCol as Hugging Face numbers hidden states: 0 is after the
   * embeddings and their norm, N is after block N, and the last one is what outputCol holds, after
   * the final norm where the model has one}
   */
  default IntParam hiddenLayer() {
    return HIDDEN_LAYER.of(this);
  }

  /** {@return the value of {@link #hiddenLayer()}} */
  default int getHiddenLayer() {
    return HIDDEN_LAYER.get(this);
  }

  /**
   * {@return this stage, with {@link #hiddenLayer()} set}
   *
   * @param value the param's value
   */
  default S setHiddenLayer(int value) {
    return with(HIDDEN_LAYER, value);
  }

  /** Declares {@link #attentionWeightsCol()}. */
  ParamDeclaration<String, Param<String>> ATTENTION_WEIGHTS_COL =
      string(
          "attentionWeightsCol",
          "name of the column of the attention weights of attentionLayer that is added, array<array<array<float>>> with heads x n x n values a row; unset or empty means none");

  /**
   * {@return the name of the column of the attention weights of {@link #attentionLayer()} that is
   * added, {@code array<array<array<float>>>} with heads x n x n values a row; unset or empty means
   * none}
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

  /** Declares {@link #attentionLayer()}. */
  ParamDeclaration<Integer, IntParam> ATTENTION_LAYER =
      integer("attentionLayer", "the block of attentionWeightsCol, from 0").withCheck(atLeast(0));

  /** {@return the block of attentionWeightsCol, from 0} */
  default IntParam attentionLayer() {
    return ATTENTION_LAYER.of(this);
  }

  /** {@return the value of {@link #attentionLayer()}} */
  default int getAttentionLayer() {
    return ATTENTION_LAYER.get(this);
  }

  /**
   * {@return this stage, with {@link #attentionLayer()} set}
   *
   * @param value the param's value
   */
  default S setAttentionLayer(int value) {
    return with(ATTENTION_LAYER, value);
  }

  /** Declares {@link #maxAttentionWeightsLength()}. */
  ParamDeclaration<Integer, IntParam> MAX_ATTENTION_WEIGHTS_LENGTH =
      integer(
              "maxAttentionWeightsLength",
              "longest sequence, in ids, whose attention weights may be asked for")
          .withCheck(atLeast(1))
          .withDefault(BatchLimits.DEFAULT.weightsLength());

  /**
   * {@return the longest sequence, in ids, whose attention weights may be asked for, since they
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

  /** Declares {@link #logProbabilitiesCol()}. */
  ParamDeclaration<String, Param<String>> LOG_PROBABILITIES_COL =
      string(
          "logProbabilitiesCol",
          "name of the column that is added with the natural logarithm of the probability of each id after the first, array<float>; unset or empty means none");

  /**
   * {@return the name of the column that is added with the natural logarithm of the probability of
   * each id after the first, given those before it, {@code array<float>}; unset or empty means
   * none}
   */
  default Param<String> logProbabilitiesCol() {
    return LOG_PROBABILITIES_COL.of(this);
  }

  /** {@return the value of {@link #logProbabilitiesCol()}} */
  default String getLogProbabilitiesCol() {
    return LOG_PROBABILITIES_COL.get(this);
  }

  /**
   * {@return this stage, with {@link #logProbabilitiesCol()} set}
   *
   * @param value the param's value
   */
  default S setLogProbabilitiesCol(String value) {
    return with(LOG_PROBABILITIES_COL, value);
  }

  /** Declares {@link #logProbabilityCol()}. */
  ParamDeclaration<String, Param<String>> LOG_PROBABILITY_COL =
      string(
          "logProbabilityCol",
          "name of the column that is added with the sum of these logarithms, double; unset or empty means none");

  /**
   * {@return the name of the column that is added with the sum of the logarithms of {@link
   * #logProbabilitiesCol()}, double, which is 0 where there are fewer than two ids; unset or empty
   * means none}
   */
  default Param<String> logProbabilityCol() {
    return LOG_PROBABILITY_COL.of(this);
  }

  /** {@return the value of {@link #logProbabilityCol()}} */
  default String getLogProbabilityCol() {
    return LOG_PROBABILITY_COL.get(this);
  }

  /**
   * {@return this stage, with {@link #logProbabilityCol()} set}
   *
   * @param value the param's value
   */
  default S setLogProbabilityCol(String value) {
    return with(LOG_PROBABILITY_COL, value);
  }

  /** Declares {@link #perplexityCol()}. */
  ParamDeclaration<String, Param<String>> PERPLEXITY_COL =
      string(
          "perplexityCol",
          "name of the column that is added with exp of minus the mean of these logarithms, double, null where there are fewer than two ids; unset or empty means none");

  /**
   * {@return the name of the column that is added with exp of minus the mean of the logarithms of
   * {@link #logProbabilitiesCol()}, double, null where there are fewer than two ids; unset or empty
   * means none}
   */
  default Param<String> perplexityCol() {
    return PERPLEXITY_COL.of(this);
  }

  /** {@return the value of {@link #perplexityCol()}} */
  default String getPerplexityCol() {
    return PERPLEXITY_COL.get(this);
  }

  /**
   * {@return this stage, with {@link #perplexityCol()} set}
   *
   * @param value the param's value
   */
  default S setPerplexityCol(String value) {
    return with(PERPLEXITY_COL, value);
  }

  /** Declares {@link #nextTokensCol()}. */
  ParamDeclaration<String, Param<String>> NEXT_TOKENS_COL =
      string(
          "nextTokensCol",
          "name of the column that is added with the nextTokens most probable ids after the last one, array<struct<id:int,probability:float>>, most probable first; unset or empty means none");

  /**
   * {@return the name of the column that is added with the {@link #nextTokens()} most probable ids
   * after the last one, {@code array<struct<id:int,probability:float>>}, most probable first and
   * the lower id first among equals; a sequence without ids has none; unset or empty means none}
   */
  default Param<String> nextTokensCol() {
    return NEXT_TOKENS_COL.of(this);
  }

  /** {@return the value of {@link #nextTokensCol()}} */
  default String getNextTokensCol() {
    return NEXT_TOKENS_COL.get(this);
  }

  /**
   * {@return this stage, with {@link #nextTokensCol()} set}
   *
   * @param value the param's value
   */
  default S setNextTokensCol(String value) {
    return with(NEXT_TOKENS_COL, value);
  }

  /** Declares {@link #nextTokens()}. */
  ParamDeclaration<Integer, IntParam> NEXT_TOKENS =
      integer("nextTokens", "number of ids of nextTokensCol, 1 to 64")
          .withCheck((param, value) -> value >= 1 && value <= Score.MOST_TOP)
          .withDefault(5);

  /** {@return the number of ids of nextTokensCol, 1 to 64} */
  default IntParam nextTokens() {
    return NEXT_TOKENS.of(this);
  }

  /** {@return the value of {@link #nextTokens()}} */
  default int getNextTokens() {
    return NEXT_TOKENS.get(this);
  }

  /**
   * {@return this stage, with {@link #nextTokens()} set}
   *
   * @param value the param's value
   */
  default S setNextTokens(int value) {
    return with(NEXT_TOKENS, value);
  }

  @SuppressWarnings("unchecked") // Each stage names itself as S.
  private <T> S with(ParamDeclaration<T, ?> param, T value) {
    param.set(this, value);
    return (S) this;
  }
}
