package io.github.sparkattention;

import io.github.sparkattention.kernels.Heads;
import java.io.Serializable;
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
 * The params of an attention stage that make its layer, each with a getter and a setter: its shape,
 * its mask, its scores and where its weights come from.
 *
 * @param <S> the stage's own class, which setters return
 */
public abstract sealed class LayerParams<S extends LayerParams<S>> extends Transformer
    permits ColumnParams {
  private static final long serialVersionUID = 1L;

  private final String uid;
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

  LayerParams(String uid) {
    // First, since each param takes its owner's uid.
    this.uid = uid;
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
            "soft cap c of the scaled scores, which become c * tanh(score / c), from 1e-18 to 1e18; 0 means no cap",
            factorOr0(uid, "softcap"));
    scale =
        new DoubleParam(
            this,
            "scale",
            "factor on the scores, from 1e-18 to 1e18; 0 means 1 / sqrt(head dim)",
            factorOr0(uid, "scale"));
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
            "path of the weights, on any file system that Hadoop knows: a safetensors file, a model.safetensors.index.json, or a folder that holds it or a model.safetensors");
    weightsPrefix =
        new Param<>(
            this,
            "weightsPrefix",
            "what the names of the layer's tensors start with in the file at weightsPath");
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
  }

  static <T> Function1<T, Object> atLeast(int least) {
    return ParamValidators.gtEq(least);
  }

  static <T> Function1<T, Object> oneOf(List<T> values) {
    return ParamValidators.inArray(values);
  }

  /** Refuses by itself, since Spark's message wouldn't have the range. */
  private static Function1<Object, Object> factorOr0(String uid, String name) {
    return (Function1<Object, Object> & Serializable)
        value -> {
          Heads.requireFactorOr0(uid + ": " + name, (Double) value);
          return true;
        };
  }

  @Override
  public String uid() {
    return uid;
  }

  <T> S with(Param<T> param, T value) {
    set(param, value);
    return self();
  }

  abstract S self();

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
   * The soft cap: soft cap c of the scaled scores, which become c * tanh(score / c), from 1e-18 to
   * 1e18; 0 means no cap.
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
   * The factor on the scores: factor on the scores, from 1e-18 to 1e18; 0 means 1 / sqrt(head dim).
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
   * The path of the weights: path of the weights, on any file system that Hadoop knows: a
   * safetensors file, a model.safetensors.index.json, or a folder that holds it or a
   * model.safetensors.
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
}
