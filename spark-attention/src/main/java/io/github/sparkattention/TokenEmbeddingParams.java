package io.github.sparkattention;

import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * The params that {@link TokenEmbedding} and its estimator have in common.
 *
 * @param <S> the stage's own class, which setters return
 */
public sealed interface TokenEmbeddingParams<S extends TokenEmbeddingParams<S>> extends Params
    permits TokenEmbedding, TokenEmbeddingEstimator {
  /**
   * The column of words, {@code array<string>}; {@code "words"} unless set.
   *
   * @return the param
   */
  Param<String> inputCol();

  /**
   * The column of token embeddings that is added, {@code array<array<float>>}; {@code "tokens"}
   * unless set.
   *
   * @return the param
   */
  Param<String> outputCol();

  /**
   * What becomes of a word that has no vector: {@code zero} (a zero vector, so that tokens and
   * words stay aligned; the default), {@code skip} (no token) or {@code error} (the job fails).
   *
   * @return the param
   */
  Param<String> unknownWords();

  /**
   * What is added to the vectors: {@code none} (the default) or {@code sinusoidal}, the encoding of
   * a token's position in "Attention Is All You Need".
   *
   * @return the param
   */
  Param<String> positions();

  /**
   * The column of words.
   *
   * @return the value of {@link #inputCol()}
   */
  default String getInputCol() {
    return getOrDefault(inputCol());
  }

  /**
   * The column of token embeddings.
   *
   * @return the value of {@link #outputCol()}
   */
  default String getOutputCol() {
    return getOrDefault(outputCol());
  }

  /**
   * What becomes of a word that has no vector.
   *
   * @return the value of {@link #unknownWords()}
   */
  default String getUnknownWords() {
    return getOrDefault(unknownWords());
  }

  /**
   * What is added to the vectors.
   *
   * @return the value of {@link #positions()}
   */
  default String getPositions() {
    return getOrDefault(positions());
  }

  /**
   * Sets {@link #inputCol()}.
   *
   * @param value name of the column of words
   * @return this stage
   */
  default S setInputCol(String value) {
    return with(inputCol(), value);
  }

  /**
   * Sets {@link #outputCol()}.
   *
   * @param value name of the column of token embeddings
   * @return this stage
   */
  default S setOutputCol(String value) {
    return with(outputCol(), value);
  }

  /**
   * Sets {@link #unknownWords()}.
   *
   * @param value zero, skip or error
   * @return this stage
   */
  default S setUnknownWords(String value) {
    return with(unknownWords(), value);
  }

  /**
   * Sets {@link #positions()}.
   *
   * @param value none or sinusoidal
   * @return this stage
   */
  default S setPositions(String value) {
    return with(positions(), value);
  }

  @SuppressWarnings("unchecked") // Each stage names itself as S.
  private S with(Param<String> param, String value) {
    set(param, value);
    return (S) this;
  }
}
