package io.github.sparkattention;

import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.batches.AttentionSpec.DropoutSpec;
import io.github.sparkattention.internal.batches.BatchLimits;
import io.github.sparkattention.internal.batches.InvalidRows;
import io.github.sparkattention.internal.files.WeightsFile;
import io.github.sparkattention.internal.functions.SessionRules;
import io.github.sparkattention.internal.plan.AttentionModel;
import io.github.sparkattention.internal.plan.BatchAttention;
import io.github.sparkattention.internal.results.LayerResults;
import io.github.sparkattention.internal.results.ResultColumn;
import io.github.sparkattention.internal.results.ResultKind;
import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.internal.stages.StageSchema;
import io.github.sparkattention.internal.weights.LayerWeights;
import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.Linear;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * A stage that adds, to each row's sequence of token embeddings [n, dIn], its context vectors [n,
 * dOut]: per head softmax(Q Kᵀ · scale) V. A sequence may have any length; a row's result depends
 * on that row, the weights and the params alone, to the last bit.
 *
 * <p>Weights are never made up. They come from {@link #setWeights}, else from the file at {@link
 * #weightsPath()}, else from {@link #seed()}; without any of them the stage refuses to run. Given
 * weights decide dIn, dOut, qkvBias, outProjection and numKvHeads; setting one of these to anything
 * else is an error.
 *
 * <p>The file at {@link #weightsPath()} is read when the stage first needs it, and again when its
 * length or its modification time has changed. What {@link #transform} has returned keeps the
 * weights that were read for it.
 *
 * @param <S> the stage's own class, which setters return
 */
public abstract sealed class AttentionStage<S extends AttentionStage<S>> extends Transformer
    implements LayerParams<S>, ColumnParams<S>, AttentionParams<S>, AttentionModel, MLWritable
    permits CausalAttention, SelfAttention {
  private static final long serialVersionUID = 1L;

  private final String uid;
  private final boolean causal;
  private AttentionWeights givenWeights;
  private transient WeightsFile file;
  private transient LayerWeights layer;

  AttentionStage(String uid, boolean causal) {
    this.uid = uid;
    this.causal = causal;
    ParamDeclaration.setDefaults(this);
  }

  abstract S self();

  @Override
  public String uid() {
    return uid;
  }

  /**
   * Gives the stage its weights, which come before {@link #weightsPath()} and {@link #seed()}.
   *
   * @param weights the weights; nobody may change their arrays afterwards
   * @return this stage
   * @throws IllegalArgumentException if a weight is NaN or infinite; the message names it
   */
  public S setWeights(AttentionWeights weights) {
    requireFinite("W_query", weights.query());
    requireFinite("W_key", weights.key());
    requireFinite("W_value", weights.value());
    if (weights.out() != null) {
      requireFinite("out_proj", weights.out());
    }
    givenWeights = weights;
    return self();
  }

  private void requireFinite(String name, Linear linear) {
    requireFinite(name + ".weight", linear.weight());
    if (linear.hasBias()) {
      requireFinite(name + ".bias", linear.bias());
    }
  }

  private void requireFinite(String name, float[] values) {
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i])) {
        throw new IllegalArgumentException(
            String.format("%s: %s must be finite, but is %s at %d", uid(), name, values[i], i));
      }
    }
  }

  /**
   * The settings of the layer, as the params and the weights make them.
   *
   * @return the configuration
   * @throws IllegalArgumentException if params are missing, or contradict each other or the weights
   */
  public AttentionConfig config() {
    return layer().config();
  }

  /**
   * The weights that the stage runs with.
   *
   * @return the weights, read or drawn now if they have not been yet
   * @throws IllegalArgumentException if there are none, or they contradict the params
   */
  public AttentionWeights weights() {
    return layer().weights();
  }

  /** Resolved anew each time, for params may have changed; equal layers share their broadcast. */
  @Override
  public synchronized LayerWeights layer() {
    LayerWeights resolved;
    try {
      resolved = resolve();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(uid() + ": " + e.getMessage(), e);
    }
    if (!resolved.equals(layer)) {
      layer = resolved;
    }
    return layer;
  }

  private LayerWeights resolve() {
    LayerResolver resolver = new LayerResolver(this, causal);
    if (givenWeights != null) {
      return LayerWeights.given(resolver.config(givenWeights, "given weights"), givenWeights);
    }
    if (isSet(weightsPath())) {
      file = WeightsFile.read(SparkSession.active(), getWeightsPath(), getWeightsPrefix(), file);
      return LayerWeights.given(resolver.config(file.weights(), file.path()), file.weights());
    }
    if (isSet(seed())) {
      return LayerWeights.seeded(resolver.config(), getSeed());
    }
    throw new IllegalArgumentException(
        "the stage has no weights; call setWeights, or set weightsPath to a safetensors file, or"
            + " set seed to draw them");
  }

  @Override
  public AttentionSpec spec() {
    return spec(layer());
  }

  @Override
  public AttentionSpec spec(LayerWeights resolved) {
    AttentionConfig config = resolved.config();
    boolean drops = getTraining() && config.dropout() > 0;
    return AttentionSpec.ofLayer(
        uid(),
        getInputCol(),
        results(),
        config,
        StageBatches.policy(this),
        new BatchLimits(getBatchTokens(), getBatchBytes(), getMaxAttentionWeightsLength()),
        InvalidRows.parse(getHandleInvalid()),
        drops ? new DropoutSpec(getDropoutSeed(), orNull(dropoutKeyCol())) : null);
  }

  private List<ResultColumn> results() {
    List<ResultColumn> results = new ArrayList<>();
    add(results, LayerResults.context(getOutputFormat()), outputCol());
    if (!getPooling().equals("none")) {
      if (getPooledCol().isEmpty()) {
        throw new IllegalArgumentException(
            String.format("%s: pooledCol is empty, but pooling is %s", uid(), getPooling()));
      }
      add(results, LayerResults.pooled(getPooling()), pooledCol());
    }
    add(results, LayerResults.ATTENTION_WEIGHTS, attentionWeightsCol());
    add(results, LayerResults.LOG_SUM_EXP, logSumExpCol());
    if (results.isEmpty()) {
      throw new IllegalArgumentException(
          uid()
              + ": nothing is to be computed; name a column by outputCol, attentionWeightsCol or"
              + " logSumExpCol, or set pooling and pooledCol");
    }
    return results;
  }

  private void add(List<ResultColumn> results, ResultKind kind, Param<String> name) {
    if (isDefined(name) && !getOrDefault(name).isEmpty()) {
      results.add(new ResultColumn(kind, getOrDefault(name)));
    }
  }

  private String orNull(Param<String> param) {
    return isSet(param) ? getOrDefault(param) : null;
  }

  /**
   * Makes the resource profile with which Spark gives each executor a GPU for this stage alone, for
   * {@code transform(rows).rdd().withResources(profile)}. Spark takes one where executors come and
   * go: on YARN, Kubernetes or its own kind of cluster, with dynamic allocation.
   *
   * @return a new profile: executors of {@code spark.executor.cores} cores with one GPU, which
   *     their tasks share
   * @throws IllegalArgumentException if the stage's backend is {@code threads}, which takes no GPU,
   *     or if a task needs more cores than an executor has
   */
  public ResourceProfile resourceProfile() {
    return StageBatches.resourceProfile(this);
  }

  /**
   * Checks the columns and the params, and adds the output columns.
   *
   * @param schema the columns that come in
   * @return the columns that go out
   * @throws IllegalArgumentException if a column is missing, has a wrong type or exists already, or
   *     if the params don't make a layer
   */
  @Override
  public StructType transformSchema(StructType schema) {
    return new StageSchema(spec()).check(schema);
  }

  /**
   * Adds the output columns. Nothing runs before the result is used, and what isn't used isn't
   * computed: the plan filters and limits rows before it computes them where it can, and leaves out
   * columns that nobody reads. So no error tells of a bad sequence in a row that is filtered away.
   *
   * @param dataset the rows
   * @return the rows with the added columns
   * @throws IllegalArgumentException if the dataset belongs to Spark Connect, and for the reasons
   *     that {@link #transformSchema} gives
   */
  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    SparkInternals.requireClassic(dataset);
    SessionRules.install(dataset.sparkSession());
    // Once, for the file of the weights may be replaced at any time.
    LayerWeights resolved = layer();
    AttentionSpec spec = new StageSchema(spec(resolved)).bind(dataset.schema());
    return BatchAttention.over(dataset, spec, resolved);
  }

  /**
   * Copies the stage, its weights included.
   *
   * @param extra params that the copy has besides this stage's
   * @return the copy
   */
  @Override
  public S copy(ParamMap extra) {
    S copy = defaultCopy(extra);
    AttentionStage<S> that = copy;
    that.givenWeights = givenWeights;
    that.file = file;
    that.layer = layer;
    return copy;
  }

  /**
   * Saves the stage: its params, and its weights as {@code attention.safetensors}, which PyTorch
   * reads, too.
   *
   * @return a writer
   * @throws IllegalArgumentException if the stage has no weights
   */
  @Override
  public MLWriter write() {
    // Weights are taken now, before an overwriting save deletes what they may come from.
    return new StageWriter(this, weights());
  }
}
