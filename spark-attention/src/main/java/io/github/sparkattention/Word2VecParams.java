package io.github.sparkattention;

import static io.github.sparkattention.ParamDeclaration.atLeast;
import static io.github.sparkattention.ParamDeclaration.integer;
import static io.github.sparkattention.ParamDeclaration.longInteger;
import static io.github.sparkattention.ParamDeclaration.number;

import java.util.List;
import org.apache.spark.ml.feature.Word2Vec;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.Params;

/**
 * The params of Spark's {@link Word2Vec} that a {@link TokenEmbeddingEstimator} has as its own, for
 * those who set params by name: Python, Spark Connect, and grids of a CrossValidator. One that is
 * set comes before what {@link TokenEmbeddingEstimator#setWord2Vec} says. A getter throws a {@link
 * java.util.NoSuchElementException} if its param is not set, since none has a default.
 *
 * @param <S> the stage's own class, which setters return
 */
public sealed interface Word2VecParams<S extends Word2VecParams<S>> extends Params
    permits TokenEmbeddingEstimator {
  /** Declares {@link #vectorSize()}. */
  ParamDeclaration<Integer, IntParam> VECTOR_SIZE =
      integer("vectorSize", "dimension of the word vectors; unset means what Word2Vec says")
          .withCheck(atLeast(1));

  /** {@return the dimension of the word vectors; unset means what Word2Vec says} */
  default IntParam vectorSize() {
    return VECTOR_SIZE.of(this);
  }

  /** {@return the value of {@link #vectorSize()}} */
  default int getVectorSize() {
    return VECTOR_SIZE.get(this);
  }

  /**
   * {@return this stage, with {@link #vectorSize()} set}
   *
   * @param value the param's value
   */
  default S setVectorSize(int value) {
    return with(VECTOR_SIZE, value);
  }

  /** Declares {@link #windowSize()}. */
  ParamDeclaration<Integer, IntParam> WINDOW_SIZE =
      integer(
              "windowSize",
              "how many words to each side of a word it is learned from; unset means what Word2Vec says")
          .withCheck(atLeast(1));

  /**
   * {@return how many words to each side of a word it is learned from; unset means what Word2Vec
   * says}
   */
  default IntParam windowSize() {
    return WINDOW_SIZE.of(this);
  }

  /** {@return the value of {@link #windowSize()}} */
  default int getWindowSize() {
    return WINDOW_SIZE.get(this);
  }

  /**
   * {@return this stage, with {@link #windowSize()} set}
   *
   * @param value the param's value
   */
  default S setWindowSize(int value) {
    return with(WINDOW_SIZE, value);
  }

  /** Declares {@link #minCount()}. */
  ParamDeclaration<Integer, IntParam> MIN_COUNT =
      integer(
              "minCount",
              "how often a word must come to get a vector; unset means what Word2Vec says")
          .withCheck(atLeast(0));

  /** {@return how often a word must come to get a vector; unset means what Word2Vec says} */
  default IntParam minCount() {
    return MIN_COUNT.of(this);
  }

  /** {@return the value of {@link #minCount()}} */
  default int getMinCount() {
    return MIN_COUNT.get(this);
  }

  /**
   * {@return this stage, with {@link #minCount()} set}
   *
   * @param value the param's value
   */
  default S setMinCount(int value) {
    return with(MIN_COUNT, value);
  }

  /** Declares {@link #maxSentenceLength()}. */
  ParamDeclaration<Integer, IntParam> MAX_SENTENCE_LENGTH =
      integer(
              "maxSentenceLength",
              "most words that are learned from as one piece; longer rows are cut into pieces of so many; unset means what Word2Vec says")
          .withCheck(atLeast(1));

  /**
   * {@return the most words that are learned from as one piece; longer rows are cut into pieces of
   * so many; unset means what Word2Vec says}
   */
  default IntParam maxSentenceLength() {
    return MAX_SENTENCE_LENGTH.of(this);
  }

  /** {@return the value of {@link #maxSentenceLength()}} */
  default int getMaxSentenceLength() {
    return MAX_SENTENCE_LENGTH.get(this);
  }

  /**
   * {@return this stage, with {@link #maxSentenceLength()} set}
   *
   * @param value the param's value
   */
  default S setMaxSentenceLength(int value) {
    return with(MAX_SENTENCE_LENGTH, value);
  }

  /** Declares {@link #maxIter()}. */
  ParamDeclaration<Integer, IntParam> MAX_ITER =
      integer("maxIter", "how often all rows are learned from; unset means what Word2Vec says")
          .withCheck(atLeast(0));

  /** {@return how often all rows are learned from; unset means what Word2Vec says} */
  default IntParam maxIter() {
    return MAX_ITER.of(this);
  }

  /** {@return the value of {@link #maxIter()}} */
  default int getMaxIter() {
    return MAX_ITER.get(this);
  }

  /**
   * {@return this stage, with {@link #maxIter()} set}
   *
   * @param value the param's value
   */
  default S setMaxIter(int value) {
    return with(MAX_ITER, value);
  }

  /** Declares {@link #stepSize()}. */
  ParamDeclaration<Double, DoubleParam> STEP_SIZE =
      number(
              "stepSize",
              "step of the gradient descent that learns the vectors; unset means what Word2Vec says")
          .withCheck((param, value) -> value > 0);

  /**
   * {@return the step of the gradient descent that learns the vectors; unset means what Word2Vec
   * says}
   */
  default DoubleParam stepSize() {
    return STEP_SIZE.of(this);
  }

  /** {@return the value of {@link #stepSize()}} */
  default double getStepSize() {
    return STEP_SIZE.get(this);
  }

  /**
   * {@return this stage, with {@link #stepSize()} set}
   *
   * @param value the param's value
   */
  default S setStepSize(double value) {
    return with(STEP_SIZE, value);
  }

  /** Declares {@link #numPartitions()}. */
  ParamDeclaration<Integer, IntParam> NUM_PARTITIONS =
      integer(
              "numPartitions",
              "number of partitions that learn side by side; more are faster and less accurate; unset means what Word2Vec says")
          .withCheck(atLeast(1));

  /**
   * {@return the number of partitions that learn side by side; more are faster and less accurate;
   * unset means what Word2Vec says}
   */
  default IntParam numPartitions() {
    return NUM_PARTITIONS.of(this);
  }

  /** {@return the value of {@link #numPartitions()}} */
  default int getNumPartitions() {
    return NUM_PARTITIONS.get(this);
  }

  /**
   * {@return this stage, with {@link #numPartitions()} set}
   *
   * @param value the param's value
   */
  default S setNumPartitions(int value) {
    return with(NUM_PARTITIONS, value);
  }

  /** Declares {@link #seed()}. */
  ParamDeclaration<Long, LongParam> SEED =
      longInteger("seed", "seed that the learning draws from; unset means what Word2Vec says");

  /** {@return the seed that the learning draws from; unset means what Word2Vec says} */
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

  /**
   * {@return a copy of a Word2Vec, with those of these params that are set}
   *
   * @param word2Vec what the others come from
   */
  default Word2Vec applyTo(Word2Vec word2Vec) {
    Word2Vec copy = word2Vec.copy(new ParamMap());
    for (ParamDeclaration<?, ?> declaration :
        List.of(
            VECTOR_SIZE,
            WINDOW_SIZE,
            MIN_COUNT,
            MAX_SENTENCE_LENGTH,
            MAX_ITER,
            STEP_SIZE,
            NUM_PARTITIONS,
            SEED)) {
      Param<Object> own = getParam(declaration.name());
      if (isSet(own)) {
        copy.set(copy.getParam(declaration.name()), getOrDefault(own));
      }
    }
    return copy;
  }

  @SuppressWarnings("unchecked") // Each stage names itself as S.
  private <T> S with(ParamDeclaration<T, ?> param, T value) {
    param.set(this, value);
    return (S) this;
  }
}
