package io.github.sparkattention;

import static io.github.sparkattention.ParamDeclaration.flag;
import static io.github.sparkattention.ParamDeclaration.longInteger;
import static io.github.sparkattention.ParamDeclaration.string;

import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;

/**
 * The params of an attention stage that say how its layer is run. A getter throws a {@link
 * java.util.NoSuchElementException} if its param is not set and has no default.
 *
 * @param <S> the stage's own class, which setters return
 */
public sealed interface AttentionParams<S extends AttentionParams<S>> extends BatchParams<S>
    permits AttentionStage {
  /** Declares {@link #training()}. */
  ParamDeclaration<Boolean, BooleanParam> TRAINING =
      flag("training", "whether dropout is applied").withDefault(false);

  /** {@return whether dropout is applied} */
  default BooleanParam training() {
    return TRAINING.of(this);
  }

  /** {@return the value of {@link #training()}} */
  default boolean getTraining() {
    return TRAINING.get(this);
  }

  /**
   * {@return this stage, with {@link #training()} set}
   *
   * @param value the param's value
   */
  default S setTraining(boolean value) {
    return with(TRAINING, value);
  }

  /** Declares {@link #dropoutSeed()}. */
  ParamDeclaration<Long, LongParam> DROPOUT_SEED =
      longInteger("dropoutSeed", "seed of the dropout draws").withDefault(0L);

  /** {@return the seed of the dropout draws} */
  default LongParam dropoutSeed() {
    return DROPOUT_SEED.of(this);
  }

  /** {@return the value of {@link #dropoutSeed()}} */
  default long getDropoutSeed() {
    return DROPOUT_SEED.get(this);
  }

  /**
   * {@return this stage, with {@link #dropoutSeed()} set}
   *
   * @param value the param's value
   */
  default S setDropoutSeed(long value) {
    return with(DROPOUT_SEED, value);
  }

  /** Declares {@link #dropoutKeyCol()}. */
  ParamDeclaration<String, Param<String>> DROPOUT_KEY_COL =
      string(
          "dropoutKeyCol",
          "name of a bigint column whose values, with dropoutSeed, decide a row's dropout draws; unset means that the row's tokens decide");

  /**
   * {@return the name of a bigint column whose values, with dropoutSeed, decide a row's dropout
   * draws; unset means that the row's tokens decide}
   */
  default Param<String> dropoutKeyCol() {
    return DROPOUT_KEY_COL.of(this);
  }

  /** {@return the value of {@link #dropoutKeyCol()}} */
  default String getDropoutKeyCol() {
    return DROPOUT_KEY_COL.get(this);
  }

  /**
   * {@return this stage, with {@link #dropoutKeyCol()} set}
   *
   * @param value the param's value
   */
  default S setDropoutKeyCol(String value) {
    return with(DROPOUT_KEY_COL, value);
  }

  @SuppressWarnings("unchecked") // Each stage names itself as S.
  private <T> S with(ParamDeclaration<T, ?> param, T value) {
    param.set(this, value);
    return (S) this;
  }
}
