package io.github.sparkattention;

import static io.github.sparkattention.ParamDeclaration.oneOf;
import static io.github.sparkattention.ParamDeclaration.string;

import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * The params that {@link TokenEmbedding} and its estimator have in common.
 *
 * @param <S> the stage's own class, which setters return
 */
public sealed interface TokenEmbeddingParams<S extends TokenEmbeddingParams<S>> extends Params
    permits TokenEmbedding, TokenEmbeddingEstimator {
  /** Declares {@link #inputCol()}. */
  ParamDeclaration<String, Param<String>> INPUT_COL =
      string("inputCol", "name of the column of words, array<string>").withDefault("words");

  /** {@return the name of the column of words, {@code array<string>}} */
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
      string("outputCol", "name of the column of token embeddings, array<array<float>>")
          .withDefault("tokens");

  /**
   * {@return the name of the column of token embeddings that is added, {@code array<array<float>>}}
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

  /** Declares {@link #unknownWords()}. */
  ParamDeclaration<String, Param<String>> UNKNOWN_WORDS =
      string("unknownWords", "what becomes of a word without a vector: zero, skip or error")
          .withCheck(oneOf("zero", "skip", "error"))
          .withDefault("zero");

  /**
   * {@return what becomes of a word without a vector: {@code zero} (a zero vector, so that tokens
   * and words stay aligned), {@code skip} (no token) or {@code error} (the job fails)}
   */
  default Param<String> unknownWords() {
    return UNKNOWN_WORDS.of(this);
  }

  /** {@return the value of {@link #unknownWords()}} */
  default String getUnknownWords() {
    return UNKNOWN_WORDS.get(this);
  }

  /**
   * {@return this stage, with {@link #unknownWords()} set}
   *
   * @param value the param's value
   */
  default S setUnknownWords(String value) {
    return with(UNKNOWN_WORDS, value);
  }

  /** Declares {@link #positions()}. */
  ParamDeclaration<String, Param<String>> POSITIONS =
      string("positions", "what is added to the vectors: none or sinusoidal")
          .withCheck(oneOf("none", "sinusoidal"))
          .withDefault("none");

  /**
   * {@return what is added to the vectors: {@code none} or {@code sinusoidal}, the encoding of a
   * token's position in "Attention Is All You Need"}
   */
  default Param<String> positions() {
    return POSITIONS.of(this);
  }

  /** {@return the value of {@link #positions()}} */
  default String getPositions() {
    return POSITIONS.get(this);
  }

  /**
   * {@return this stage, with {@link #positions()} set}
   *
   * @param value the param's value
   */
  default S setPositions(String value) {
    return with(POSITIONS, value);
  }

  @SuppressWarnings("unchecked") // Each stage names itself as S.
  private <T> S with(ParamDeclaration<T, ?> param, T value) {
    param.set(this, value);
    return (S) this;
  }
}
