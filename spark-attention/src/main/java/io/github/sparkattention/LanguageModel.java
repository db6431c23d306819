package io.github.sparkattention;

import io.github.sparkattention.internal.batches.AttentionSpec;
import io.github.sparkattention.internal.batches.BatchLimits;
import io.github.sparkattention.internal.batches.InvalidRows;
import io.github.sparkattention.internal.files.ModelFile;
import io.github.sparkattention.internal.functions.SessionRules;
import io.github.sparkattention.internal.plan.BatchAttention;
import io.github.sparkattention.internal.spark.SparkInternals;
import io.github.sparkattention.internal.stages.StageSchema;
import io.github.sparkattention.internal.weights.DrawnModel;
import io.github.sparkattention.internal.weights.FileModel;
import io.github.sparkattention.internal.weights.PlanWeights;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.ModelProgram;
import java.util.function.Supplier;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * A stage that runs a whole transformer on each row's sequence of ids: GPT-2 and the book's
 * GPTModel, encoders like BERT, decoders like Llama. It adds the columns that its params name:
 * vectors of tokens, one pooled vector a row, hidden states, attention weights, log-probabilities
 * of the ids, perplexity, and the most probable next ids. A sequence may have any length that the
 * model takes; a row's results depend on that row, the weights and the params alone, to the last
 * bit.
 *
 * <p>Weights are never made up. They come from the files at {@link #checkpoint()}, else from {@link
 * #seed()}, which draws those of the book's GPTModel; without either the stage refuses to run. A
 * checkpoint decides vocabulary, contextLength, width, numHeads, numLayers and qkvBias; setting one
 * of these to anything else is an error.
 *
 * <p>Settings and headers of a checkpoint are read when the stage first needs them, and again when
 * a file's length or its modification time has changed, so that a model that is missing, damaged or
 * of another kind is refused before any row is read. Weights are read once for each executor: by
 * itself, if it sees the files and they are large, or else by the driver, which sends them. What
 * {@link #transform} has returned fails if files have changed before their weights were read.
 *
 * <p>A sequence without ids gives empty arrays, a pooled vector of zeros, a log-probability of 0
 * and no perplexity.
 */
public final class LanguageModel extends Transformer
    implements ModelParams<LanguageModel>,
        ModelColumnParams<LanguageModel>,
        BatchParams<LanguageModel>,
        MLWritable {
  private static final long serialVersionUID = 1L;

  private final String uid;
  private transient ModelFile file;
  private transient PlanWeights weights;

  /** Makes a stage with a uid of its own. */
  public LanguageModel() {
    this(Identifiable$.MODULE$.randomUID("LanguageModel"));
  }

  /**
   * Makes a stage.
   *
   * @param uid tells the stage apart from all others
   */
  public LanguageModel(String uid) {
    this.uid = uid;
    ParamDeclaration.setDefaults(this);
  }

  @Override
  public String uid() {
    return uid;
  }

  /**
   * The settings of the model, as the checkpoint or the params make them.
   *
   * @return the configuration
   * @throws IllegalArgumentException if there is no model, or params contradict it
   */
  public synchronized ModelConfig config() {
    return explained(() -> config(openFile()));
  }

  /** The stage as plans need it. */
  private record Plan(AttentionSpec spec, PlanWeights weights) {}

  /** Resolved anew each time, for params may have changed; equal models share what was sent. */
  private synchronized Plan plan() {
    return explained(this::resolve);
  }

  private <T> T explained(Supplier<T> resolution) {
    try {
      return resolution.get();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(uid() + ": " + e.getMessage(), e);
    }
  }

  private ModelConfig config(ModelFile opened) {
    ModelResolver resolver = new ModelResolver(this);
    return opened == null ? resolver.book() : resolver.of(opened);
  }

  private Plan resolve() {
    ModelFile opened = openFile();
    ModelConfig config = config(opened);
    ModelResults results =
        new ModelResults(this, config, opened == null ? null : opened.checkpoint());
    ModelProgram program = results.program();
    PlanWeights resolved =
        opened == null
            ? new DrawnModel(config, program.program(), getSeed())
            : FileModel.of(opened, program.program());
    if (!resolved.equals(weights)) {
      weights = resolved;
    }
    String description =
        String.format(
            "%s, %s, %d %s x %d, %d %s x %d%s, %s",
            opened == null ? "the book's GPTModel" : opened.checkpoint().architecture(),
            config.heads().causal() ? "causal" : "not causal",
            config.layers(),
            config.layers() == 1 ? "layer" : "layers",
            config.width(),
            config.heads().numHeads(),
            config.heads().numHeads() == 1 ? "head" : "heads",
            config.heads().headDim(),
            results.pooled(),
            weights);
    AttentionSpec spec =
        new AttentionSpec(
            uid(),
            getInputCol(),
            results.columns(program),
            program.program(),
            description,
            StageBatches.policy(this),
            new BatchLimits(getBatchTokens(), getBatchBytes(), getMaxAttentionWeightsLength()),
            InvalidRows.parse(getHandleInvalid()),
            null);
    return new Plan(spec, weights);
  }

  /** The model's files, or null if it is drawn from a seed. */
  private ModelFile openFile() {
    if (isSet(checkpoint())) {
      file =
          ModelFile.open(SparkInternals.hadoopConf(SparkSession.active()), getCheckpoint(), file);
      return file;
    }
    if (!isSet(seed())) {
      throw new IllegalArgumentException(
          "the stage has no weights; set checkpoint to a folder or a file with a model, or set seed"
              + " to draw those of the book's GPTModel");
    }
    return null;
  }

  /**
   * Makes the resource profile with which Spark gives each executor a GPU for this stage alone, as
   * {@link AttentionStage#resourceProfile} does.
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
   * Checks the columns and the params, and adds the columns that the params name.
   *
   * @param schema the columns that come in
   * @return the columns that go out
   * @throws IllegalArgumentException if a column is missing, has a wrong type or exists already, if
   *     there is no such model, or if it can't give what the params ask for
   */
  @Override
  public StructType transformSchema(StructType schema) {
    return new StageSchema(plan().spec()).check(schema);
  }

  /**
   * Adds the columns. Nothing runs before the result is used, and what isn't used isn't computed,
   * as with {@link AttentionStage#transform}.
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
    // Once, for the files may be replaced at any time.
    Plan plan = plan();
    AttentionSpec spec = new StageSchema(plan.spec()).bind(dataset.schema());
    return BatchAttention.over(dataset, spec, plan.weights());
  }

  @Override
  public LanguageModel copy(ParamMap extra) {
    LanguageModel copy = defaultCopy(extra);
    copy.file = file;
    copy.weights = weights;
    return copy;
  }

  /**
   * Saves the stage: its params and, if {@link #saveWeights()} is {@code copy} and there is a
   * checkpoint, the model in a folder {@code model}, from which Python's libraries read it, too. A
   * seed is all that there is to save of weights that it draws.
   *
   * @return a writer
   * @throws IllegalArgumentException if the model can't be read any more
   */
  @Override
  public MLWriter write() {
    boolean copies = getSaveWeights().equals("copy") && isSet(checkpoint());
    // Read now, before an overwriting save deletes what the weights may come from.
    return new LanguageModelWriter(this, copies ? explained(() -> openFile().read()) : null);
  }

  /**
   * Reads saved stages. Where the weights were saved, too, the stage's checkpoint is their folder.
   *
   * @return a reader
   */
  public static MLReader<LanguageModel> read() {
    return new LanguageModelReader();
  }

  /**
   * Reads a saved stage.
   *
   * @param path the folder that it was saved to
   * @return the stage
   */
  public static LanguageModel load(String path) {
    return read().load(path);
  }
}
