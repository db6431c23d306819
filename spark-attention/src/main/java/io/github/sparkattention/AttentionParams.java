package io.github.sparkattention;

import io.github.sparkattention.kernels.BackendPolicy;
import io.github.sparkattention.sql.InvalidRows;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamValidators;
import scala.Function1;

/**
 * The params of an attention stage: for each one the param itself, a getter and a setter. What they
 * mean together is told at {@link AttentionStage}.
 *
 * @param <S> the stage's own class, which setters return
 */
public abstract sealed class AttentionParams<S extends AttentionParams<S>> extends Transformer
    permits AttentionStage {
  private static final long serialVersionUID = 1L;

  private static final List<String> BACKENDS =
      Arrays.stream(BackendPolicy.values()).map(BackendPolicy::toString).toList();

  private final String uid;
  private final Param<String> inputCol;
  private final Param<String> outputCol;
  private final IntParam dIn;
  private final IntParam dOut;
  private final IntParam contextLength;
  private final DoubleParam dropout;
  private final BooleanParam qkvBias;
  private final IntParam numHeads;
  private final IntParam numKvHeads;
  private final IntParam slidingWindow;
  private final DoubleParam softcap;
  private final DoubleParam scale;
  private final BooleanParam outProjection;
  private final LongParam seed;
  private final Param<String> weightsPath;
  private final Param<String> weightsPrefix;
  private final Param<String> backend;
  private final IntParam batchTokens;
  private final Param<String> handleInvalid;
  private final Param<String> attentionWeightsCol;
  private final BooleanParam training;
  private final LongParam dropoutSeed;
  private final Param<String> dropoutKeyCol;

  AttentionParams(String uid) {
    // First, since each param takes its owner's uid.
    this.uid = uid;
    inputCol =
        new Param<>(
            this,
            "inputCol",
            "name of the column with one sequence of token embeddings a row, array<array<float>> or array<array<double>>");
    outputCol =
        new Param<>(
            this,
            "outputCol",
            "name of the column of context vectors that is added, array<array<float>>");
    dIn =
        new IntParam(
            this,
            "dIn",
            "width of a token embedding; follows from the weights if they are given",
            atLeast(1));
    dOut =
        new IntParam(
            this,
            "dOut",
            "width of a context vector, a multiple of numHeads; follows from the weights if they are given",
            atLeast(1));
    contextLength =
        new IntParam(
            this,
            "contextLength",
            "longest sequence that is accepted, in tokens; 0 means no limit",
            atLeast(0));
    dropout =
        new DoubleParam(
            this,
            "dropout",
            "probability in [0, 1) with which an attention weight is dropped when training is true",
            ParamValidators.inRange(0, 1, true, false));
    qkvBias =
        new BooleanParam(
            this,
            "qkvBias",
            "whether the query, key and value projections have a bias; follows from the weights if they are given");
    numHeads =
        new IntParam(this, "numHeads", "number of query heads, a divisor of dOut", atLeast(1));
    numKvHeads =
        new IntParam(
            this,
            "numKvHeads",
            "number of key and value heads, a divisor of numHeads; 0 means what the weights have, or else numHeads",
            atLeast(0));
    slidingWindow =
        new IntParam(
            this,
            "slidingWindow",
            "how many of the nearest tokens a token sees, itself included; 0 means no window",
            atLeast(0));
    softcap =
        new DoubleParam(
            this,
            "softcap",
            "soft cap c of the scaled scores, which become c * tanh(score / c); 0 means no cap",
            positiveFloatOr0());
    scale =
        new DoubleParam(
            this, "scale", "factor on the scores; 0 means 1 / sqrt(head dim)", positiveFloatOr0());
    outProjection =
        new BooleanParam(
            this,
            "outProjection",
            "whether an output projection joins the heads; follows from the weights if they are given");
    seed =
        new LongParam(
            this,
            "seed",
            "seed that the weights are drawn from as PyTorch draws them, if neither weights nor weightsPath are given");
    weightsPath =
        new Param<>(
            this,
            "weightsPath",
            "path of a safetensors file with the weights, on any file system that Hadoop knows");
    weightsPrefix =
        new Param<>(
            this,
            "weightsPrefix",
            "what the names of the layer's tensors start with in the file at weightsPath");
    backend =
        new Param<>(
            this,
            "backend",
            "what computes: auto, opencl or threads; unset means what spark.attention.backend says, or else auto",
            oneOf(BACKENDS));
    batchTokens =
        new IntParam(
            this,
            "batchTokens",
            "most tokens of a batch, unless one row alone has more",
            atLeast(1));
    handleInvalid =
        new Param<>(
            this,
            "handleInvalid",
            "what happens to rows that can't be computed: error (fail), skip (drop the row) or keep (null results)",
            oneOf(InvalidRows.names()));
    attentionWeightsCol =
        new Param<>(
            this,
            "attentionWeightsCol",
            "name of the column of attention weights that is added, array<array<array<float>>> with heads x n x n values a row; unset means none");
    training = new BooleanParam(this, "training", "whether dropout is applied");
    dropoutSeed = new LongParam(this, "dropoutSeed", "seed of the dropout draws");
    dropoutKeyCol =
        new Param<>(
            this,
            "dropoutKeyCol",
            "name of a bigint column whose values, with dropoutSeed, decide a row's dropout draws; unset means that the row's tokens decide");
    setDefault(inputCol, "tokens");
    setDefault(outputCol, "context");
    setDefault(contextLength, 0);
    setDefault(dropout, 0.0);
    setDefault(qkvBias, false);
    setDefault(numHeads, 1);
    setDefault(numKvHeads, 0);
    setDefault(slidingWindow, 0);
    setDefault(softcap, 0.0);
    setDefault(scale, 0.0);
    setDefault(outProjection, false);
    setDefault(weightsPrefix, "");
    setDefault(backend, "auto");
    setDefault(batchTokens, 8192);
    setDefault(handleInvalid, "error");
    setDefault(training, false);
    setDefault(dropoutSeed, 0L);
  }

  private static <T> Function1<T, Object> atLeast(int least) {
    return ParamValidators.gtEq(least);
  }

  private static <T> Function1<T, Object> oneOf(List<T> values) {
    return ParamValidators.inArray(values);
  }

  /** Also after rounding to a float: 1e-60 would become 0, which means something else. */
  private static Function1<Object, Object> positiveFloatOr0() {
    return (Function1<Object, Object> & Serializable)
        value -> {
          float narrow = ((Double) value).floatValue();
          return (double) value == 0 || (narrow > 0 && Float.isFinite(narrow));
        };
  }

  @Override
  public String uid() {
    return uid;
  }

  private <T> S with(Param<T> param, T value) {
    set(param, value);
    return self();
  }

  abstract S self();

  /**
   * The column of token embeddings: name of the column with one sequence of token embeddings a row,
   * array&lt;array&lt;float&gt;&gt; or array&lt;array&lt;double&gt;&gt;.
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
   * The column of context vectors: name of the column of context vectors that is added,
   * array&lt;array&lt;float&gt;&gt;.
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
   * The width of a token embedding: width of a token embedding; follows from the weights if they
   * are given.
   *
   * @return the param
   */
  public IntParam dIn() {
    return dIn;
  }

  /**
   * The width of a token embedding.
   *
   * @return the value of {@link #dIn()}
   * @throws java.util.NoSuchElementException if it is not set
   */
  public int getDIn() {
    return (int) getOrDefault(dIn);
  }

  /**
   * Sets {@link #dIn()}.
   *
   * @param value the width of a token embedding
   * @return this stage
   */
  public S setDIn(int value) {
    return with(dIn, value);
  }

  /**
   * The width of a context vector: width of a context vector, a multiple of numHeads; follows from
   * the weights if they are given.
   *
   * @return the param
   */
  public IntParam dOut() {
    return dOut;
  }

  /**
   * The width of a context vector.
   *
   * @return the value of {@link #dOut()}
   * @throws java.util.NoSuchElementException if it is not set
   */
  public int getDOut() {
    return (int) getOrDefault(dOut);
  }

  /**
   * Sets {@link #dOut()}.
   *
   * @param value the width of a context vector
   * @return this stage
   */
  public S setDOut(int value) {
    return with(dOut, value);
  }

  /**
   * The longest sequence that is accepted: longest sequence that is accepted, in tokens; 0 means no
   * limit.
   *
   * @return the param
   */
  public IntParam contextLength() {
    return contextLength;
  }

  /**
   * The longest sequence that is accepted.
   *
   * @return the value of {@link #contextLength()}
   */
  public int getContextLength() {
    return (int) getOrDefault(contextLength);
  }

  /**
   * Sets {@link #contextLength()}.
   *
   * @param value the longest sequence that is accepted
   * @return this stage
   */
  public S setContextLength(int value) {
    return with(contextLength, value);
  }

  /**
   * The dropout probability of training: probability in [0, 1) with which an attention weight is
   * dropped when training is true.
   *
   * @return the param
   */
  public DoubleParam dropout() {
    return dropout;
  }

  /**
   * The dropout probability of training.
   *
   * @return the value of {@link #dropout()}
   */
  public double getDropout() {
    return (double) getOrDefault(dropout);
  }

  /**
   * Sets {@link #dropout()}.
   *
   * @param value the dropout probability of training
   * @return this stage
   */
  public S setDropout(double value) {
    return with(dropout, value);
  }

  /**
   * Whether query, key and value have a bias: whether the query, key and value projections have a
   * bias; follows from the weights if they are given.
   *
   * @return the param
   */
  public BooleanParam qkvBias() {
    return qkvBias;
  }

  /**
   * Whether query, key and value have a bias.
   *
   * @return the value of {@link #qkvBias()}
   */
  public boolean getQkvBias() {
    return (boolean) getOrDefault(qkvBias);
  }

  /**
   * Sets {@link #qkvBias()}.
   *
   * @param value whether query, key and value have a bias
   * @return this stage
   */
  public S setQkvBias(boolean value) {
    return with(qkvBias, value);
  }

  /**
   * The number of query heads: number of query heads, a divisor of dOut.
   *
   * @return the param
   */
  public IntParam numHeads() {
    return numHeads;
  }

  /**
   * The number of query heads.
   *
   * @return the value of {@link #numHeads()}
   */
  public int getNumHeads() {
    return (int) getOrDefault(numHeads);
  }

  /**
   * Sets {@link #numHeads()}.
   *
   * @param value the number of query heads
   * @return this stage
   */
  public S setNumHeads(int value) {
    return with(numHeads, value);
  }

  /**
   * The number of key and value heads: number of key and value heads, a divisor of numHeads; 0
   * means what the weights have, or else numHeads.
   *
   * @return the param
   */
  public IntParam numKvHeads() {
    return numKvHeads;
  }

  /**
   * The number of key and value heads.
   *
   * @return the value of {@link #numKvHeads()}
   */
  public int getNumKvHeads() {
    return (int) getOrDefault(numKvHeads);
  }

  /**
   * Sets {@link #numKvHeads()}.
   *
   * @param value the number of key and value heads
   * @return this stage
   */
  public S setNumKvHeads(int value) {
    return with(numKvHeads, value);
  }

  /**
   * The sliding window: how many of the nearest tokens a token sees, itself included; 0 means no
   * window.
   *
   * @return the param
   */
  public IntParam slidingWindow() {
    return slidingWindow;
  }

  /**
   * The sliding window.
   *
   * @return the value of {@link #slidingWindow()}
   */
  public int getSlidingWindow() {
    return (int) getOrDefault(slidingWindow);
  }

  /**
   * Sets {@link #slidingWindow()}.
   *
   * @param value the sliding window
   * @return this stage
   */
  public S setSlidingWindow(int value) {
    return with(slidingWindow, value);
  }

  /**
   * The soft cap: soft cap c of the scaled scores, which become c * tanh(score / c); 0 means no
   * cap.
   *
   * @return the param
   */
  public DoubleParam softcap() {
    return softcap;
  }

  /**
   * The soft cap.
   *
   * @return the value of {@link #softcap()}
   */
  public double getSoftcap() {
    return (double) getOrDefault(softcap);
  }

  /**
   * Sets {@link #softcap()}.
   *
   * @param value the soft cap
   * @return this stage
   */
  public S setSoftcap(double value) {
    return with(softcap, value);
  }

  /**
   * The factor on the scores: factor on the scores; 0 means 1 / sqrt(head dim).
   *
   * @return the param
   */
  public DoubleParam scale() {
    return scale;
  }

  /**
   * The factor on the scores.
   *
   * @return the value of {@link #scale()}
   */
  public double getScale() {
    return (double) getOrDefault(scale);
  }

  /**
   * Sets {@link #scale()}.
   *
   * @param value the factor on the scores
   * @return this stage
   */
  public S setScale(double value) {
    return with(scale, value);
  }

  /**
   * Whether an output projection joins the heads: whether an output projection joins the heads;
   * follows from the weights if they are given.
   *
   * @return the param
   */
  public BooleanParam outProjection() {
    return outProjection;
  }

  /**
   * Whether an output projection joins the heads.
   *
   * @return the value of {@link #outProjection()}
   */
  public boolean getOutProjection() {
    return (boolean) getOrDefault(outProjection);
  }

  /**
   * Sets {@link #outProjection()}.
   *
   * @param value whether an output projection joins the heads
   * @return this stage
   */
  public S setOutProjection(boolean value) {
    return with(outProjection, value);
  }

  /**
   * The seed of the weights: seed that the weights are drawn from as PyTorch draws them, if neither
   * weights nor weightsPath are given.
   *
   * @return the param
   */
  public LongParam seed() {
    return seed;
  }

  /**
   * The seed of the weights.
   *
   * @return the value of {@link #seed()}
   * @throws java.util.NoSuchElementException if it is not set
   */
  public long getSeed() {
    return (long) getOrDefault(seed);
  }

  /**
   * Sets {@link #seed()}.
   *
   * @param value the seed of the weights
   * @return this stage
   */
  public S setSeed(long value) {
    return with(seed, value);
  }

  /**
   * The file of the weights: path of a safetensors file with the weights, on any file system that
   * Hadoop knows.
   *
   * @return the param
   */
  public Param<String> weightsPath() {
    return weightsPath;
  }

  /**
   * The file of the weights.
   *
   * @return the value of {@link #weightsPath()}
   * @throws java.util.NoSuchElementException if it is not set
   */
  public String getWeightsPath() {
    return getOrDefault(weightsPath);
  }

  /**
   * Sets {@link #weightsPath()}.
   *
   * @param value the file of the weights
   * @return this stage
   */
  public S setWeightsPath(String value) {
    return with(weightsPath, value);
  }

  /**
   * The prefix of the tensors' names: what the names of the layer's tensors start with in the file
   * at weightsPath.
   *
   * @return the param
   */
  public Param<String> weightsPrefix() {
    return weightsPrefix;
  }

  /**
   * The prefix of the tensors' names.
   *
   * @return the value of {@link #weightsPrefix()}
   */
  public String getWeightsPrefix() {
    return getOrDefault(weightsPrefix);
  }

  /**
   * Sets {@link #weightsPrefix()}.
   *
   * @param value the prefix of the tensors' names
   * @return this stage
   */
  public S setWeightsPrefix(String value) {
    return with(weightsPrefix, value);
  }

  /**
   * The backend that computes: what computes: auto, opencl or threads; unset means what
   * spark.attention.backend says, or else auto.
   *
   * @return the param
   */
  public Param<String> backend() {
    return backend;
  }

  /**
   * The backend that computes.
   *
   * @return the value of {@link #backend()}
   */
  public String getBackend() {
    return getOrDefault(backend);
  }

  /**
   * Sets {@link #backend()}.
   *
   * @param value the backend that computes
   * @return this stage
   */
  public S setBackend(String value) {
    return with(backend, value);
  }

  /**
   * The most tokens of a batch: most tokens of a batch, unless one row alone has more.
   *
   * @return the param
   */
  public IntParam batchTokens() {
    return batchTokens;
  }

  /**
   * The most tokens of a batch.
   *
   * @return the value of {@link #batchTokens()}
   */
  public int getBatchTokens() {
    return (int) getOrDefault(batchTokens);
  }

  /**
   * Sets {@link #batchTokens()}.
   *
   * @param value the most tokens of a batch
   * @return this stage
   */
  public S setBatchTokens(int value) {
    return with(batchTokens, value);
  }

  /**
   * What happens to rows that can't be computed: what happens to rows that can't be computed: error
   * (fail), skip (drop the row) or keep (null results).
   *
   * @return the param
   */
  public Param<String> handleInvalid() {
    return handleInvalid;
  }

  /**
   * What happens to rows that can't be computed.
   *
   * @return the value of {@link #handleInvalid()}
   */
  public String getHandleInvalid() {
    return getOrDefault(handleInvalid);
  }

  /**
   * Sets {@link #handleInvalid()}.
   *
   * @param value what happens to rows that can't be computed
   * @return this stage
   */
  public S setHandleInvalid(String value) {
    return with(handleInvalid, value);
  }

  /**
   * The column of attention weights: name of the column of attention weights that is added,
   * array&lt;array&lt;array&lt;float&gt;&gt;&gt; with heads x n x n values a row; unset means none.
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
   * Whether dropout is applied: whether dropout is applied.
   *
   * @return the param
   */
  public BooleanParam training() {
    return training;
  }

  /**
   * Whether dropout is applied.
   *
   * @return the value of {@link #training()}
   */
  public boolean getTraining() {
    return (boolean) getOrDefault(training);
  }

  /**
   * Sets {@link #training()}.
   *
   * @param value whether dropout is applied
   * @return this stage
   */
  public S setTraining(boolean value) {
    return with(training, value);
  }

  /**
   * The seed of the dropout draws: seed of the dropout draws.
   *
   * @return the param
   */
  public LongParam dropoutSeed() {
    return dropoutSeed;
  }

  /**
   * The seed of the dropout draws.
   *
   * @return the value of {@link #dropoutSeed()}
   */
  public long getDropoutSeed() {
    return (long) getOrDefault(dropoutSeed);
  }

  /**
   * Sets {@link #dropoutSeed()}.
   *
   * @param value the seed of the dropout draws
   * @return this stage
   */
  public S setDropoutSeed(long value) {
    return with(dropoutSeed, value);
  }

  /**
   * The column of dropout keys: name of a bigint column whose values, with dropoutSeed, decide a
   * row's dropout draws; unset means that the row's tokens decide.
   *
   * @return the param
   */
  public Param<String> dropoutKeyCol() {
    return dropoutKeyCol;
  }

  /**
   * The column of dropout keys.
   *
   * @return the value of {@link #dropoutKeyCol()}
   * @throws java.util.NoSuchElementException if it is not set
   */
  public String getDropoutKeyCol() {
    return getOrDefault(dropoutKeyCol);
  }

  /**
   * Sets {@link #dropoutKeyCol()}.
   *
   * @param value the column of dropout keys
   * @return this stage
   */
  public S setDropoutKeyCol(String value) {
    return with(dropoutKeyCol, value);
  }
}
