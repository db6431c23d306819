package io.github.sparkattention;

import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.plugin.AttentionSettings;
import io.github.sparkattention.sql.InvalidRows;
import java.util.List;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;

/**
 * The params of an attention stage: for each one the param itself, a getter and a setter. Those
 * here say how the layer is run. What they mean together is told at {@link AttentionStage}.
 *
 * @param <S> the stage's own class, which setters return
 */
public abstract sealed class AttentionParams<S extends AttentionParams<S>> extends ColumnParams<S>
    permits AttentionStage {
  private static final long serialVersionUID = 1L;

  private static final List<String> BACKENDS =
      BackendPolicy.all().stream().map(BackendPolicy::toString).toList();

  private final Param<String> backend;
  private final IntParam batchTokens;
  private final LongParam batchBytes;
  private final Param<String> handleInvalid;
  private final BooleanParam training;
  private final LongParam dropoutSeed;
  private final Param<String> dropoutKeyCol;

  AttentionParams(String uid) {
    super(uid);
    backend =
        new Param<>(
            this,
            "backend",
            "what computes: "
                + String.join(", ", BACKENDS.subList(0, BACKENDS.size() - 1))
                + " or "
                + BACKENDS.get(BACKENDS.size() - 1)
                + "; unset means what spark.attention.backend says, or else auto",
            oneOf(BACKENDS));
    batchTokens =
        new IntParam(
            this,
            "batchTokens",
            "most tokens of a batch, unless one row alone has more",
            atLeast(1));
    batchBytes =
        new LongParam(
            this,
            "batchBytes",
            "most bytes that the rows, tokens and results of a batch may take, unless one row alone takes more",
            atLeast(1));
    handleInvalid =
        new Param<>(
            this,
            "handleInvalid",
            "what happens to rows that can't be computed: error (fail), skip (drop the row) or keep (null results)",
            oneOf(InvalidRows.names()));
    training = new BooleanParam(this, "training", "whether dropout is applied");
    dropoutSeed = new LongParam(this, "dropoutSeed", "seed of the dropout draws");
    dropoutKeyCol =
        new Param<>(
            this,
            "dropoutKeyCol",
            "name of a bigint column whose values, with dropoutSeed, decide a row's dropout draws; unset means that the row's tokens decide");
    setDefault(batchTokens, 8192);
    setDefault(batchBytes, 128L << 20);
    setDefault(handleInvalid, "error");
    setDefault(training, false);
    setDefault(dropoutSeed, 0L);
  }

  /**
   * The backend that computes: {@code auto}, {@code opencl}, {@code threads}, or another that is on
   * the class path; unset means what {@code spark.attention.backend} says, or else {@code auto}.
   *
   * @return the param
   */
  public Param<String> backend() {
    return backend;
  }

  /**
   * The backend that computes, whether or not the stage says so.
   *
   * @return the value of {@link #backend()}; where it is not set, what {@code
   *     spark.attention.backend} is in this thread's session, or else in the application's
   * @throws IllegalArgumentException if that is no backend
   */
  public String getBackend() {
    return isSet(backend) ? getOrDefault(backend) : AttentionSettings.backendHere().toString();
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
   * The most bytes of a batch: most bytes that the rows of a batch, their tokens and their results
   * may take, unless one row alone takes more; where rows are wide, batches have fewer tokens than
   * batchTokens.
   *
   * @return the param
   */
  public LongParam batchBytes() {
    return batchBytes;
  }

  /**
   * The most bytes of a batch.
   *
   * @return the value of {@link #batchBytes()}
   */
  public long getBatchBytes() {
    return (long) getOrDefault(batchBytes);
  }

  /**
   * Sets {@link #batchBytes()}.
   *
   * @param value the most bytes of a batch
   * @return this stage
   */
  public S setBatchBytes(long value) {
    return with(batchBytes, value);
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
