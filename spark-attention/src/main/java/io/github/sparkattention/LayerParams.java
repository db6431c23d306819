package io.github.sparkattention;

import static io.github.sparkattention.ParamDeclaration.atLeast;
import static io.github.sparkattention.ParamDeclaration.factorOr0;
import static io.github.sparkattention.ParamDeclaration.flag;
import static io.github.sparkattention.ParamDeclaration.fraction;
import static io.github.sparkattention.ParamDeclaration.integer;
import static io.github.sparkattention.ParamDeclaration.longInteger;
import static io.github.sparkattention.ParamDeclaration.number;
import static io.github.sparkattention.ParamDeclaration.string;

import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * The params of an attention stage that make its layer: its shape, its mask, its scores and where
 * its weights come from. A getter throws a {@link java.util.NoSuchElementException} if its param is
 * not set and has no default.
 *
 * @param <S> the stage's own class, which setters return
 */
public sealed interface LayerParams<S extends LayerParams<S>> extends Params
    permits AttentionStage {
  /** Declares {@link #dIn()}. */
  ParamDeclaration<Integer, IntParam> D_IN =
      integer("dIn", "width of a token embedding; follows from the weights if they are given")
          .withCheck(atLeast(1));

  /** {@return the width of a token embedding, which follows from the weights if they are given} */
  default IntParam dIn() {
    return D_IN.of(this);
  }

  /** {@return the value of {@link #dIn()}} */
  default int getDIn() {
    return D_IN.get(this);
  }

  /**
   * {@return this stage, with {@link #dIn()} set}
   *
   * @param value the param's value
   */
  default S setDIn(int value) {
    return with(D_IN, value);
  }

  /** Declares {@link #dOut()}. */
  ParamDeclaration<Integer, IntParam> D_OUT =
      integer(
              "dOut",
              "width of a context vector, a multiple of numHeads; follows from the weights if they are given")
          .withCheck(atLeast(1));

  /**
   * {@return the width of a context vector, a multiple of numHeads, which follows from the weights
   * if they are given}
   */
  default IntParam dOut() {
    return D_OUT.of(this);
  }

  /** {@return the value of {@link #dOut()}} */
  default int getDOut() {
    return D_OUT.get(this);
  }

  /**
   * {@return this stage, with {@link #dOut()} set}
   *
   * @param value the param's value
   */
  default S setDOut(int value) {
    return with(D_OUT, value);
  }

  /** Declares {@link #contextLength()}. */
  ParamDeclaration<Integer, IntParam> CONTEXT_LENGTH =
      integer("contextLength", "longest sequence that is accepted, in tokens; 0 means no limit")
          .withCheck(atLeast(0))
          .withDefault(0);

  /** {@return the longest sequence that is accepted, in tokens; 0 means no limit} */
  default IntParam contextLength() {
    return CONTEXT_LENGTH.of(this);
  }

  /** {@return the value of {@link #contextLength()}} */
  default int getContextLength() {
    return CONTEXT_LENGTH.get(this);
  }

  /**
   * {@return this stage, with {@link #contextLength()} set}
   *
   * @param value the param's value
   */
  default S setContextLength(int value) {
    return with(CONTEXT_LENGTH, value);
  }

  /** Declares {@link #dropout()}. */
  ParamDeclaration<Double, DoubleParam> DROPOUT =
      number(
              "dropout",
              "probability in [0, 1) with which an attention weight is dropped when training is true")
          .withCheck(fraction())
          .withDefault(0.0);

  /**
   * {@return the probability in [0, 1) with which an attention weight is dropped when training is
   * true}
   */
  default DoubleParam dropout() {
    return DROPOUT.of(this);
  }

  /** {@return the value of {@link #dropout()}} */
  default double getDropout() {
    return DROPOUT.get(this);
  }

  /**
   * {@return this stage, with {@link #dropout()} set}
   *
   * @param value the param's value
   */
  default S setDropout(double value) {
    return with(DROPOUT, value);
  }

  /** Declares {@link #qkvBias()}. */
  ParamDeclaration<Boolean, BooleanParam> QKV_BIAS =
      flag(
              "qkvBias",
              "whether the query, key and value projections have a bias; follows from the weights if they are given")
          .withDefault(false);

  /**
   * {@return whether the query, key and value projections have a bias, which follows from the
   * weights if they are given}
   */
  default BooleanParam qkvBias() {
    return QKV_BIAS.of(this);
  }

  /** {@return the value of {@link #qkvBias()}} */
  default boolean getQkvBias() {
    return QKV_BIAS.get(this);
  }

  /**
   * {@return this stage, with {@link #qkvBias()} set}
   *
   * @param value the param's value
   */
  default S setQkvBias(boolean value) {
    return with(QKV_BIAS, value);
  }

  /** Declares {@link #numHeads()}. */
  ParamDeclaration<Integer, IntParam> NUM_HEADS =
      integer("numHeads", "number of query heads, a divisor of dOut")
          .withCheck(atLeast(1))
          .withDefault(1);

  /** {@return the number of query heads, a divisor of dOut} */
  default IntParam numHeads() {
    return NUM_HEADS.of(this);
  }

  /** {@return the value of {@link #numHeads()}} */
  default int getNumHeads() {
    return NUM_HEADS.get(this);
  }

  /**
   * {@return this stage, with {@link #numHeads()} set}
   *
   * @param value the param's value
   */
  default S setNumHeads(int value) {
    return with(NUM_HEADS, value);
  }

  /** Declares {@link #numKvHeads()}. */
  ParamDeclaration<Integer, IntParam> NUM_KV_HEADS =
      integer(
              "numKvHeads",
              "number of key and value heads, a divisor of numHeads; 0 means what the weights have, or else numHeads")
          .withCheck(atLeast(0))
          .withDefault(0);

  /**
   * {@return the number of key and value heads, a divisor of numHeads; 0 means what the weights
   * have, or else numHeads}
   */
  default IntParam numKvHeads() {
    return NUM_KV_HEADS.of(this);
  }

  /** {@return the value of {@link #numKvHeads()}} */
  default int getNumKvHeads() {
    return NUM_KV_HEADS.get(this);
  }

  /**
   * {@return this stage, with {@link #numKvHeads()} set}
   *
   * @param value the param's value
   */
  default S setNumKvHeads(int value) {
    return with(NUM_KV_HEADS, value);
  }

  /** Declares {@link #slidingWindow()}. */
  ParamDeclaration<Integer, IntParam> SLIDING_WINDOW =
      integer(
              "slidingWindow",
              "how many of the nearest tokens a token sees, itself included; 0 means no window")
          .withCheck(atLeast(0))
          .withDefault(0);

  /** {@return how many of the nearest tokens a token sees, itself included; 0 means no window} */
  default IntParam slidingWindow() {
    return SLIDING_WINDOW.of(this);
  }

  /** {@return the value of {@link #slidingWindow()}} */
  default int getSlidingWindow() {
    return SLIDING_WINDOW.get(this);
  }

  /**
   * {@return this stage, with {@link #slidingWindow()} set}
   *
   * @param value the param's value
   */
  default S setSlidingWindow(int value) {
    return with(SLIDING_WINDOW, value);
  }

  /** Declares {@link #softcap()}. */
  ParamDeclaration<Double, DoubleParam> SOFTCAP =
      number(
              "softcap",
              "soft cap c of the scaled scores, which become c * tanh(score / c), from 1e-18 to 1e18; 0 means no cap")
          .withCheck(factorOr0())
          .withDefault(0.0);

  /**
   * {@return the soft cap c of the scaled scores, which become c * tanh(score / c), from 1e-18 to
   * 1e18; 0 means no cap}
   */
  default DoubleParam softcap() {
    return SOFTCAP.of(this);
  }

  /** {@return the value of {@link #softcap()}} */
  default double getSoftcap() {
    return SOFTCAP.get(this);
  }

  /**
   * {@return this stage, with {@link #softcap()} set}
   *
   * @param value the param's value
   */
  default S setSoftcap(double value) {
    return with(SOFTCAP, value);
  }

  /** Declares {@link #scale()}. */
  ParamDeclaration<Double, DoubleParam> SCALE =
      number("scale", "factor on the scores, from 1e-18 to 1e18; 0 means 1 / sqrt(head dim)")
          .withCheck(factorOr0())
          .withDefault(0.0);

  /** {@return the factor on the scores, from 1e-18 to 1e18; 0 means 1 / sqrt(head dim)} */
  default DoubleParam scale() {
    return SCALE.of(this);
  }

  /** {@return the value of {@link #scale()}} */
  default double getScale() {
    return SCALE.get(this);
  }

  /**
   * {@return this stage, with {@link #scale()} set}
   *
   * @param value the param's value
   */
  default S setScale(double value) {
    return with(SCALE, value);
  }

  /** Declares {@link #outProjection()}. */
  ParamDeclaration<Boolean, BooleanParam> OUT_PROJECTION =
      flag(
              "outProjection",
              "whether an output projection joins the heads; follows from the weights if they are given")
          .withDefault(false);

  /**
   * {@return whether an output projection joins the heads, which follows from the weights if they
   * are given}
   */
  default BooleanParam outProjection() {
    return OUT_PROJECTION.of(this);
  }

  /** {@return the value of {@link #outProjection()}} */
  default boolean getOutProjection() {
    return OUT_PROJECTION.get(this);
  }

  /**
   * {@return this stage, with {@link #outProjection()} set}
   *
   * @param value the param's value
   */
  default S setOutProjection(boolean value) {
    return with(OUT_PROJECTION, value);
  }

  /** Declares {@link #seed()}. */
  ParamDeclaration<Long, LongParam> SEED =
      longInteger(
          "seed",
          "seed that the weights are drawn from as PyTorch draws them, if neither weights nor weightsPath are given");

  /**
   * {@return the seed that the weights are drawn from as PyTorch draws them, if neither weights nor
   * weightsPath are given}
   */
  default LongParam seed() {
    return SEED.of(this);
  }

  /** {@return the value of {@link #seed()}} */
  default long getSeed() {
    return SEED.get(this);
  }

  /**
   * {@return this stage, with {@link #seed()} set}
   *
   * @param value the param's value
   */
  default S setSeed(long value) {
    return with(SEED, value);
  }

  /** Declares {@link #weightsPath()}. */
  ParamDeclaration<String, Param<String>> WEIGHTS_PATH =
      string(
          "weightsPath",
          "path of the weights, on any file system that Hadoop knows: a safetensors file, a model.safetensors.index.json, or a folder that holds it or a model.safetensors");

  /**
   * {@return the path of the weights, on any file system that Hadoop knows: a safetensors file, a
   * model.safetensors.index.json, or a folder that holds it or a model.safetensors}
   */
  default Param<String> weightsPath() {
    return WEIGHTS_PATH.of(this);
  }

  /** {@return the value of {@link #weightsPath()}} */
  default String getWeightsPath() {
    return WEIGHTS_PATH.get(this);
  }

  /**
   * {@return this stage, with {@link #weightsPath()} set}
   *
   * @param value the param's value
   */
  default S setWeightsPath(String value) {
    return with(WEIGHTS_PATH, value);
  }

  /** Declares {@link #weightsPrefix()}. */
  ParamDeclaration<String, Param<String>> WEIGHTS_PREFIX =
      string(
              "weightsPrefix",
              "what the names of the layer's tensors start with in the file at weightsPath")
          .withDefault("");

  /** {@return what the names of the layer's tensors start with in the file at weightsPath} */
  default Param<String> weightsPrefix() {
    return WEIGHTS_PREFIX.of(this);
  }

  /** {@return the value of {@link #weightsPrefix()}} */
  default String getWeightsPrefix() {
    return WEIGHTS_PREFIX.get(this);
  }

  /**
   * {@return this stage, with {@link #weightsPrefix()} set}
   *
   * @param value the param's value
   */
  default S setWeightsPrefix(String value) {
    return with(WEIGHTS_PREFIX, value);
  }

  @SuppressWarnings("unchecked") // Each stage names itself as S.
  private <T> S with(ParamDeclaration<T, ?> param, T value) {
    param.set(this, value);
    return (S) this;
  }
}
