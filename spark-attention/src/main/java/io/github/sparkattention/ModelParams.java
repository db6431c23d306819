package io.github.sparkattention;

import static io.github.sparkattention.ParamDeclaration.atLeast;
import static io.github.sparkattention.ParamDeclaration.flag;
import static io.github.sparkattention.ParamDeclaration.integer;
import static io.github.sparkattention.ParamDeclaration.longInteger;
import static io.github.sparkattention.ParamDeclaration.oneOf;
import static io.github.sparkattention.ParamDeclaration.string;

import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * The params of a {@link LanguageModel} that say which model it is and where its weights come from.
 * A getter throws a {@link java.util.NoSuchElementException} if its param is not set and has no
 * default.
 *
 * @param <S> the stage's own class, which setters return
 */
public sealed interface ModelParams<S extends ModelParams<S>> extends Params permits LanguageModel {
  /** Declares {@link #checkpoint()}. */
  ParamDeclaration<String, Param<String>> CHECKPOINT =
      string(
          "checkpoint",
          "path of the model, on any file system that Hadoop knows: a folder as the transformers or the sentence-transformers library saves it, a safetensors file or an ONNX file with its config.json beside it; comes before seed");

  /**
   * {@return the path of the model, on any file system that Hadoop knows: a folder as the
   * transformers or the sentence-transformers library saves it, a safetensors file or an ONNX file
   * with its config.json beside it; it comes before {@link #seed()} and decides vocabulary,
   * contextLength, width, numHeads, numLayers and qkvBias}
   */
  default Param<String> checkpoint() {
    return CHECKPOINT.of(this);
  }

  /** {@return the value of {@link #checkpoint()}} */
  default String getCheckpoint() {
    return CHECKPOINT.get(this);
  }

  /**
   * {@return this stage, with {@link #checkpoint()} set}
   *
   * @param value the param's value
   */
  default S setCheckpoint(String value) {
    return with(CHECKPOINT, value);
  }

  /** Declares {@link #vocabulary()}. */
  ParamDeclaration<Integer, IntParam> VOCABULARY =
      integer("vocabulary", "number of ids; follows from the checkpoint if there is one")
          .withCheck(atLeast(1));

  /** {@return the number of ids, which follows from the checkpoint if there is one} */
  default IntParam vocabulary() {
    return VOCABULARY.of(this);
  }

  /** {@return the value of {@link #vocabulary()}} */
  default int getVocabulary() {
    return VOCABULARY.get(this);
  }

  /**
   * {@return this stage, with {@link #vocabulary()} set}
   *
   * @param value the param's value
   */
  default S setVocabulary(int value) {
    return with(VOCABULARY, value);
  }

  /** Declares {@link #contextLength()}. */
  ParamDeclaration<Integer, IntParam> CONTEXT_LENGTH =
      integer(
              "contextLength",
              "longest sequence that is accepted, in ids; follows from the checkpoint if there is one")
          .withCheck(atLeast(1));

  /**
   * {@return the longest sequence that is accepted, in ids, which follows from the checkpoint if
   * there is one}
   */
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

  /** Declares {@link #width()}. */
  ParamDeclaration<Integer, IntParam> WIDTH =
      integer(
              "width",
              "values per token between the blocks, a multiple of numHeads; follows from the checkpoint if there is one")
          .withCheck(atLeast(1));

  /**
   * {@return the values per token between the blocks, a multiple of numHeads, which follow from the
   * checkpoint if there is one}
   */
  default IntParam width() {
    return WIDTH.of(this);
  }

  /** {@return the value of {@link #width()}} */
  default int getWidth() {
    return WIDTH.get(this);
  }

  /**
   * {@return this stage, with {@link #width()} set}
   *
   * @param value the param's value
   */
  default S setWidth(int value) {
    return with(WIDTH, value);
  }

  /** Declares {@link #numHeads()}. */
  ParamDeclaration<Integer, IntParam> NUM_HEADS =
      integer(
              "numHeads",
              "number of query heads of each block; follows from the checkpoint if there is one")
          .withCheck(atLeast(1));

  /**
   * {@return the number of query heads of each block, which follows from the checkpoint if there is
   * one}
   */
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

  /** Declares {@link #numLayers()}. */
  ParamDeclaration<Integer, IntParam> NUM_LAYERS =
      integer("numLayers", "number of blocks; follows from the checkpoint if there is one")
          .withCheck(atLeast(1));

  /** {@return the number of blocks, which follows from the checkpoint if there is one} */
  default IntParam numLayers() {
    return NUM_LAYERS.of(this);
  }

  /** {@return the value of {@link #numLayers()}} */
  default int getNumLayers() {
    return NUM_LAYERS.get(this);
  }

  /**
   * {@return this stage, with {@link #numLayers()} set}
   *
   * @param value the param's value
   */
  default S setNumLayers(int value) {
    return with(NUM_LAYERS, value);
  }

  /** Declares {@link #qkvBias()}. */
  ParamDeclaration<Boolean, BooleanParam> QKV_BIAS =
      flag(
          "qkvBias",
          "whether queries, keys and values have biases; follows from the checkpoint if there is one, and unset means that they have none otherwise");

  /**
   * {@return whether queries, keys and values have biases, which follows from the checkpoint if
   * there is one; otherwise unset means that they have none}
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

  /** Declares {@link #seed()}. */
  ParamDeclaration<Long, LongParam> SEED =
      longInteger(
          "seed",
          "seed that the weights of the book's GPTModel are drawn from as PyTorch draws them, if there is no checkpoint");

  /**
   * {@return the seed that the weights of the GPTModel of "Build a Large Language Model (from
   * Scratch)" are drawn from as PyTorch draws them, if there is no checkpoint}
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

  /** Declares {@link #saveWeights()}. */
  ParamDeclaration<String, Param<String>> SAVE_WEIGHTS =
      string(
              "saveWeights",
              "how a stage with a checkpoint is saved: copy (the weights beside the params) or path (the path of the checkpoint alone)")
          .withCheck(oneOf("copy", "path"))
          .withDefault("copy");

  /**
   * {@return how a stage with a checkpoint is saved: {@code copy} (the weights beside the params,
   * and the loaded stage has that copy for its checkpoint) or {@code path} (the path of the
   * checkpoint alone, which must be there when the loaded stage is used)}
   */
  default Param<String> saveWeights() {
    return SAVE_WEIGHTS.of(this);
  }

  /** {@return the value of {@link #saveWeights()}} */
  default String getSaveWeights() {
    return SAVE_WEIGHTS.get(this);
  }

  /**
   * {@return this stage, with {@link #saveWeights()} set}
   *
   * @param value the param's value
   */
  default S setSaveWeights(String value) {
    return with(SAVE_WEIGHTS, value);
  }

  @SuppressWarnings("unchecked") // Each stage names itself as S.
  private <T> S with(ParamDeclaration<T, ?> param, T value) {
    param.set(this, value);
    return (S) this;
  }
}
