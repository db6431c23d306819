package io.github.sparkattention;

import static io.github.sparkattention.ParamDeclaration.atLeast;
import static io.github.sparkattention.ParamDeclaration.integer;
import static io.github.sparkattention.ParamDeclaration.longInteger;
import static io.github.sparkattention.ParamDeclaration.oneOf;
import static io.github.sparkattention.ParamDeclaration.string;

import io.github.sparkattention.internal.batches.BatchLimits;
import io.github.sparkattention.internal.batches.InvalidRows;
import io.github.sparkattention.internal.executor.AttentionSettings;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;

/**
 * The params of a stage that say how its rows are computed, whatever it computes. A getter throws a
 * {@link java.util.NoSuchElementException} if its param is not set and has no default.
 *
 * @param <S> the stage's own class, which setters return
 */
public sealed interface BatchParams<S extends BatchParams<S>> extends Params
    permits AttentionParams, LanguageModel {
  /** Declares {@link #backend()}. */
  ParamDeclaration<String, Param<String>> BACKEND =
      string(
              "backend",
              "what computes: "
                  + BackendPolicy.listed()
                  + "; unset means what spark.attention.backend says, or else auto")
          .withCheck(
              oneOf(
                  BackendPolicy.all().stream()
                      .map(BackendPolicy::toString)
                      .toArray(String[]::new)));

  /**
   * {@return what computes: {@code auto}, {@code opencl}, {@code threads}, or another that is on
   * the class path; unset means what {@code spark.attention.backend} says, or else {@code auto}}
   */
  default Param<String> backend() {
    return BACKEND.of(this);
  }

  /**
   * The backend that computes, whether or not the stage says so.
   *
   * @return the value of {@link #backend()}; where it is not set, what {@code
   *     spark.attention.backend} is in this thread's session, or else in the application's
   * @throws IllegalArgumentException if that is no backend
   */
  default String getBackend() {
    return isSet(backend()) ? BACKEND.get(this) : AttentionSettings.backendHere().toString();
  }

  /**
   * {@return this stage, with {@link #backend()} set}
   *
   * @param value the param's value
   */
  default S setBackend(String value) {
    return with(BACKEND, value);
  }

  /** Declares {@link #batchTokens()}. */
  ParamDeclaration<Integer, IntParam> BATCH_TOKENS =
      integer(
              "batchTokens",
              "most tokens of a batch, unless one row alone has more; where tokens take much work,"
                  + " as in whole models, batches have fewer")
          .withCheck(atLeast(1))
          .withDefault(BatchLimits.DEFAULT.tokens());

  /**
   * {@return the most tokens of a batch, unless one row alone has more; where tokens take much
   * work, as in whole models, batches have fewer}
   */
  default IntParam batchTokens() {
    return BATCH_TOKENS.of(this);
  }

  /** {@return the value of {@link #batchTokens()}} */
  default int getBatchTokens() {
    return BATCH_TOKENS.get(this);
  }

  /**
   * {@return this stage, with {@link #batchTokens()} set}
   *
   * @param value the param's value
   */
  default S setBatchTokens(int value) {
    return with(BATCH_TOKENS, value);
  }

  /** Declares {@link #batchBytes()}. */
  ParamDeclaration<Long, LongParam> BATCH_BYTES =
      longInteger(
              "batchBytes",
              "most bytes that the rows, tokens and results of a batch may take, unless one row alone takes more")
          .withCheck(atLeast(1))
          .withDefault(BatchLimits.DEFAULT.bytes());

  /**
   * {@return the most bytes that the rows, tokens and results of a batch may take, unless one row
   * alone takes more; where rows are wide, batches have fewer tokens than batchTokens}
   */
  default LongParam batchBytes() {
    return BATCH_BYTES.of(this);
  }

  /** {@return the value of {@link #batchBytes()}} */
  default long getBatchBytes() {
    return BATCH_BYTES.get(this);
  }

  /**
   * {@return this stage, with {@link #batchBytes()} set}
   *
   * @param value the param's value
   */
  default S setBatchBytes(long value) {
    return with(BATCH_BYTES, value);
  }

  /** Declares {@link #handleInvalid()}. */
  ParamDeclaration<String, Param<String>> HANDLE_INVALID =
      string(
              "handleInvalid",
              "what happens to rows that can't be computed: error (fail), skip (drop the row) or keep (null results)")
          .withCheck(oneOf(InvalidRows.names().toArray(String[]::new)))
          .withDefault("error");

  /**
   * {@return what happens to rows that can't be computed: error (fail), skip (drop the row) or keep
   * (null results)}
   */
  default Param<String> handleInvalid() {
    return HANDLE_INVALID.of(this);
  }

  /** {@return the value of {@link #handleInvalid()}} */
  default String getHandleInvalid() {
    return HANDLE_INVALID.get(this);
  }

  /**
   * {@return this stage, with {@link #handleInvalid()} set}
   *
   * @param value the param's value
   */
  default S setHandleInvalid(String value) {
    return with(HANDLE_INVALID, value);
  }

  @SuppressWarnings("unchecked") // Each stage names itself as S.
  private <T> S with(ParamDeclaration<T, ?> param, T value) {
    param.set(this, value);
    return (S) this;
  }
}
