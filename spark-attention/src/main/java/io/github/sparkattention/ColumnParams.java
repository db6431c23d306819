package io.github.sparkattention;

import io.github.sparkattention.internal.forms.SequenceForm;
import io.github.sparkattention.internal.results.ResultColumn;
import io.github.sparkattention.internal.results.ResultKind;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;

/**
 * The params of an attention stage that name its columns and say what they hold, each with a getter
 * and a setter.
 *
 * @param <S> the stage's own class, which setters return
 */
public abstract sealed class ColumnParams<S extends ColumnParams<S>> extends LayerParams<S>
    permits AttentionParams {
  private static final long serialVersionUID = 1L;
  private static final String NO_POOLING = "none";

  private final Param<String> inputCol;
  private final Param<String> outputCol;
  private final Param<String> outputFormat;
  private final Param<String> pooling;
  private final Param<String> pooledCol;
  private final Param<String> attentionWeightsCol;
  private final IntParam maxAttentionWeightsLength;
  private final Param<String> logSumExpCol;

  ColumnParams(String uid) {
    super(uid);
    inputCol =
        new Param<>(
            this,
            "inputCol",
            "name of the column with one sequence of token embeddings a row: "
                + SequenceForm.ACCEPTED);
    outputCol =
        new Param<>(
            this,
            "outputCol",
            "name of the column of context vectors that is added, in the form of outputFormat; empty means none");
    outputFormat =
        new Param<>(
            this,
            "outputFormat",
            "form of the context vectors: array (array<array<float>>), flat (array<float>), vectors (array<vector>) or matrix",
            oneOf(List.of("array", "flat", "vectors", "matrix")));
    pooling =
        new Param<>(
            this,
            "pooling",
            "how a sequence's context vectors become the one vector of pooledCol: none (not at all), last, mean or max",
            oneOf(List.of(NO_POOLING, "last", "mean", "max")));
    pooledCol =
        new Param<>(
            this,
            "pooledCol",
            "name of the column of pooled context vectors that is added if pooling is not none, vector");
    attentionWeightsCol =
        new Param<>(
            this,
            "attentionWeightsCol",
            "name of the column of attention weights that is added, array<array<array<float>>> with heads x n x n values a row; unset or empty means none");
    maxAttentionWeightsLength =
        new IntParam(
            this,
            "maxAttentionWeightsLength",
            "longest sequence, in tokens, whose attention weights may be asked for",
            atLeast(1));
    logSumExpCol =
        new Param<>(
            this,
            "logSumExpCol",
            "name of the column of log-sum-exps of the scores that is added, array<array<float>> with heads x n values a row; unset or empty means none");
    setDefault(inputCol, "tokens");
    setDefault(outputCol, "context");
    setDefault(outputFormat, "array");
    setDefault(pooling, NO_POOLING);
    setDefault(pooledCol, "pooled");
    setDefault(maxAttentionWeightsLength, 1024);
  }

  /**
   * The columns that are added.
   *
   * @throws IllegalArgumentException if there are none
   */
  List<ResultColumn> results() {
    List<ResultColumn> results = new ArrayList<>();
    add(results, ResultKind.context(getOutputFormat()), outputCol);
    if (!getPooling().equals(NO_POOLING)) {
      if (getPooledCol().isEmpty()) {
        throw new IllegalArgumentException(
            String.format("%s: pooledCol is empty, but pooling is %s", uid(), getPooling()));
      }
      add(results, ResultKind.pooled(getPooling()), pooledCol);
    }
    add(results, ResultKind.ATTENTION_WEIGHTS, attentionWeightsCol);
    add(results, ResultKind.LOG_SUM_EXP, logSumExpCol);
    if (results.isEmpty()) {
      throw new IllegalArgumentException(
          uid()
              + ": nothing is to be computed; name a column by outputCol, attentionWeightsCol or"
              + " logSumExpCol, or set pooling and pooledCol");
    }
    return results;
  }

  private void add(List<ResultColumn> results, ResultKind kind, Param<String> name) {
    if (isDefined(name) && !getOrDefault(name).isEmpty()) {
      results.add(new ResultColumn(kind, getOrDefault(name)));
    }
  }

  /**
   * The column of token embeddings: name of the column with one sequence of token embeddings a row.
   * It may be array&lt;array&lt;number&gt;&gt; with any of Spark's types of numbers,
   * array&lt;vector&gt;, matrix (one row a token), array&lt;number&gt; (one token after another),
   * or Spark NLP's annotations with their embeddings; vectors and matrices may be dense or sparse.
   * What a float can't hold exactly is rounded to the nearest one.
   *
   * @return the param
   */
  public Param<String> inputCol() {
    return inputCol;
  }

  /**
   * The column of token embeddings.
   *
   * @return the value of {@link #inputCol()}
   */
  public String getInputCol() {
    return getOrDefault(inputCol);
  }

  /**
   * Sets {@link #inputCol()}.
   *
   * @param value the column of token embeddings
   * @return this stage
   */
  public S setInputCol(String value) {
    return with(inputCol, value);
  }

  /**
   * The column of context vectors: name of the column of context vectors that is added, in the form
   * of {@link #outputFormat()}. Empty means that it is not wanted, and then it is not written,
   * either.
   *
   * @return the param
   */
  public Param<String> outputCol() {
    return outputCol;
  }

  /**
   * The column of context vectors.
   *
   * @return the value of {@link #outputCol()}
   */
  public String getOutputCol() {
    return getOrDefault(outputCol);
  }

  /**
   * Sets {@link #outputCol()}.
   *
   * @param value the column of context vectors
   * @return this stage
   */
  public S setOutputCol(String value) {
    return with(outputCol, value);
  }

  /**
   * The form of the context vectors: {@code array} (array&lt;array&lt;float&gt;&gt;), {@code flat}
   * (array&lt;float&gt;, one token after another), {@code vectors} (array&lt;vector&gt;, dense) or
   * {@code matrix} (Spark's dense matrix, one row a token).
   *
   * @return the param
   */
  public Param<String> outputFormat() {
    return outputFormat;
  }

  /**
   * The form of the context vectors.
   *
   * @return the value of {@link #outputFormat()}
   */
  public String getOutputFormat() {
    return getOrDefault(outputFormat);
  }

  /**
   * Sets {@link #outputFormat()}.
   *
   * @param value the form of the context vectors
   * @return this stage
   */
  public S setOutputFormat(String value) {
    return with(outputFormat, value);
  }

  /**
   * How the context vectors become one: {@code none}, {@code last} (the last token's), {@code mean}
   * or {@code max} (in each dimension), by double arithmetic in the order of the tokens; a sequence
   * without tokens gives a vector of zeros.
   *
   * @return the param
   */
  public Param<String> pooling() {
    return pooling;
  }

  /**
   * How the context vectors become one.
   *
   * @return the value of {@link #pooling()}
   */
  public String getPooling() {
    return getOrDefault(pooling);
  }

  /**
   * Sets {@link #pooling()}.
   *
   * @param value how the context vectors become one
   * @return this stage
   */
  public S setPooling(String value) {
    return with(pooling, value);
  }

  /**
   * The column of pooled vectors: name of the column that is added where pooling is not none, a
   * dense vector of dOut values with Spark ML's attributes, ready for the stages that read
   * features.
   *
   * @return the param
   */
  public Param<String> pooledCol() {
    return pooledCol;
  }

  /**
   * The column of pooled vectors.
   *
   * @return the value of {@link #pooledCol()}
   */
  public String getPooledCol() {
    return getOrDefault(pooledCol);
  }

  /**
   * Sets {@link #pooledCol()}.
   *
   * @param value the column of pooled vectors
   * @return this stage
   */
  public S setPooledCol(String value) {
    return with(pooledCol, value);
  }

  /**
   * The column of attention weights: name of the column of attention weights that is added,
   * array&lt;array&lt;array&lt;float&gt;&gt;&gt; with heads x n x n values a row; unset or empty
   * means none.
   *
   * @return the param
   */
  public Param<String> attentionWeightsCol() {
    return attentionWeightsCol;
  }

  /**
   * The column of attention weights.
   *
   * @return the value of {@link #attentionWeightsCol()}
   * @throws java.util.NoSuchElementException if it is not set
   */
  public String getAttentionWeightsCol() {
    return getOrDefault(attentionWeightsCol);
  }

  /**
   * Sets {@link #attentionWeightsCol()}.
   *
   * @param value the column of attention weights
   * @return this stage
   */
  public S setAttentionWeightsCol(String value) {
    return with(attentionWeightsCol, value);
  }

  /**
   * The longest sequence with attention weights: longest sequence whose attention weights may be
   * asked for, in tokens, since they take heads x n x n values; a longer one is treated as
   * handleInvalid says.
   *
   * @return the param
   */
  public IntParam maxAttentionWeightsLength() {
    return maxAttentionWeightsLength;
  }

  /**
   * The longest sequence with attention weights.
   *
   * @return the value of {@link #maxAttentionWeightsLength()}
   */
  public int getMaxAttentionWeightsLength() {
    return (int) getOrDefault(maxAttentionWeightsLength);
  }

  /**
   * Sets {@link #maxAttentionWeightsLength()}.
   *
   * @param value the longest sequence with attention weights
   * @return this stage
   */
  public S setMaxAttentionWeightsLength(int value) {
    return with(maxAttentionWeightsLength, value);
  }

  /**
   * The column of log-sum-exps: name of the column that is added, array&lt;array&lt;float&gt;&gt;
   * with heads x n values a row: the natural logarithm of a query's sum of exp(score) over the keys
   * that it sees, minus infinity where it sees none; unset or empty means none.
   *
   * @return the param
   */
  public Param<String> logSumExpCol() {
    return logSumExpCol;
  }

  /**
   * The column of log-sum-exps.
   *
   * @return the value of {@link #logSumExpCol()}
   * @throws java.util.NoSuchElementException if it is not set
   */
  public String getLogSumExpCol() {
    return getOrDefault(logSumExpCol);
  }

  /**
   * Sets {@link #logSumExpCol()}.
   *
   * @param value the column of log-sum-exps
   * @return this stage
   */
  public S setLogSumExpCol(String value) {
    return with(logSumExpCol, value);
  }
}
