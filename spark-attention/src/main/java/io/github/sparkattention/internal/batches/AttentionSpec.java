package io.github.sparkattention.internal.batches;

import io.github.sparkattention.internal.results.ResultColumn;
import io.github.sparkattention.internal.results.ResultKind;
import io.github.sparkattention.internal.results.ResultWriter;
import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.Output;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.io.Serializable;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;

/**
 * All that a plan and its tasks need to know of a stage, apart from its weights.
 *
 * @param uid the stage's uid, for messages
 * @param inputCol name of the column of sequences: token embeddings, or ids if the program reads
 *     them
 * @param results the columns that the stage adds, in their order; what is left out of a plan is
 *     among them, but not wanted
 * @param program what is computed, with all that the stage was asked for
 * @param description what the program is, for people, without brackets
 * @param policy which backend computes, or null to leave it to the session and the application
 * @param limits how large a batch may become; of the tokens given, as many are kept as are enough
 *     work for one batch
 * @param invalidRows what happens to rows that can't be computed
 * @param dropout the dropout draws of training, or null for none
 */
public record AttentionSpec(
    String uid,
    String inputCol,
    List<ResultColumn> results,
    Program program,
    String description,
    BackendPolicy policy,
    BatchLimits limits,
    InvalidRows invalidRows,
    DropoutSpec dropout)
    implements Serializable {

  /**
   * Validates the components.
   *
   * @param uid the component {@link #uid}
   * @param inputCol the component {@link #inputCol}
   * @param results the component {@link #results}
   * @param program the component {@link #program}
   * @param description the component {@link #description}
   * @param policy the component {@link #policy}
   * @param limits the component {@link #limits}
   * @param invalidRows the component {@link #invalidRows}
   * @param dropout the component {@link #dropout}
   */
  public AttentionSpec {
    results = List.copyOf(results);
    limits = limits.of(program);
  }

  /**
   * The settings of a stage that is one attention layer.
   *
   * @param uid the component {@link #uid}
   * @param inputCol the component {@link #inputCol}
   * @param results the component {@link #results}
   * @param config the settings of the layer
   * @param policy the component {@link #policy}
   * @param limits the component {@link #limits}
   * @param invalidRows the component {@link #invalidRows}
   * @param dropout the component {@link #dropout}
   * @return the settings
   */
  public static AttentionSpec ofLayer(
      String uid,
      String inputCol,
      List<ResultColumn> results,
      AttentionConfig config,
      BackendPolicy policy,
      BatchLimits limits,
      InvalidRows invalidRows,
      DropoutSpec dropout) {
    String description =
        String.format(
            "%s, %d %s x %d",
            config.causal() ? "causal" : "not causal",
            config.numHeads(),
            config.numHeads() == 1 ? "head" : "heads",
            config.headDim());
    return new AttentionSpec(
        uid,
        inputCol,
        results,
        Program.attention(config),
        description,
        policy,
        limits,
        invalidRows,
        dropout);
  }

  /**
   * The column that holds the rows' dropout keys.
   *
   * @return its name, or empty if dropout is off or goes by the tokens themselves
   */
  public Optional<String> dropoutKeyCol() {
    return Optional.ofNullable(dropout).map(DropoutSpec::keyCol);
  }

  /**
   * The columns that are written; layout, encoder and schema all follow this list.
   *
   * @return the results that are wanted, in their order
   */
  public List<StructField> outputs() {
    return results.stream().filter(ResultColumn::wanted).map(this::field).toList();
  }

  private StructField field(ResultColumn column) {
    return DataTypes.createStructField(
        column.name(),
        column.kind().type(),
        // Under the other policies a row that can't be computed never gets here.
        invalidRows == InvalidRows.KEEP || column.kind().isNullable(),
        column.kind().metadata(column.name(), program));
  }

  /** What writes the results that are wanted, in the order of {@link #outputs}. */
  public List<ResultWriter> writers() {
    return results.stream()
        .filter(ResultColumn::wanted)
        .map(column -> column.kind().writer(program))
        .toList();
  }

  /**
   * The same without the columns that nobody uses. It refuses the same rows.
   *
   * @param columns names of the results that are used
   * @return a spec whose {@link #outputs} are those of this one that are named
   */
  public AttentionSpec keeping(Collection<String> columns) {
    return with(
        inputCol,
        results.stream()
            .map(column -> column.wanted(column.wanted() && columns.contains(column.name())))
            .toList());
  }

  /**
   * The same with other columns.
   *
   * @param input the component {@link #inputCol}
   * @param columns the component {@link #results}
   * @return the new spec
   */
  public AttentionSpec with(String input, List<ResultColumn> columns) {
    return new AttentionSpec(
        uid, input, columns, program, description, policy, limits, invalidRows, dropout);
  }

  /**
   * The same for rows whose columns have other names.
   *
   * @param input the component {@link #inputCol}
   * @param dropoutKey the column of {@link #dropoutKeyCol}, which is empty if this one's is
   * @return the new spec
   */
  public AttentionSpec reading(String input, Optional<String> dropoutKey) {
    DropoutSpec draws =
        dropoutKey.map(name -> new DropoutSpec(dropout.seed(), name)).orElse(dropout);
    return new AttentionSpec(
        uid, input, results, program, description, policy, limits, invalidRows, draws);
  }

  /**
   * The same without what only tells users which stage and which columns it is: two stages that
   * compute the same are equal so.
   */
  public AttentionSpec canonical() {
    return new AttentionSpec(
        "",
        "",
        results.stream()
            .map(column -> new ResultColumn(column.kind(), "", column.wanted()))
            .toList(),
        program,
        "",
        policy,
        limits,
        invalidRows,
        dropout == null ? null : dropout.canonical());
  }

  /** The column of attention weights, wanted or not, or empty if the stage adds none. */
  public Optional<ResultColumn> attentionWeights() {
    return results.stream()
        .filter(column -> column.kind() instanceof ResultKind.AttentionWeights)
        .findFirst();
  }

  /** Whether a row's results take the square of its length. */
  public boolean wantsAttentionWeights() {
    return attentionWeights().map(ResultColumn::wanted).orElse(false);
  }

  /**
   * Whether an output of the program is computed: for a result that is wanted, or because a pass
   * always computes it.
   *
   * @param output index of the output
   */
  public boolean wantsOutput(int output) {
    return program.outputs().get(output) instanceof Output.Values
        || results.stream()
            .anyMatch(column -> column.wanted() && column.kind().outputs().contains(output));
  }

  /**
   * The settings as one line of a plan.
   *
   * @return for example {@code [causal, 12 heads x 64, 8192 tokens a batch]}
   */
  public String summary() {
    return String.format(
        "[%s, %d tokens a batch%s]",
        description, limits.tokens(), dropout == null ? "" : ", training");
  }

  /**
   * The dropout draws of training.
   *
   * @param seed the seed of the training run
   * @param keyCol name of the bigint column with the rows' keys, or null to draw by the tokens
   */
  public record DropoutSpec(long seed, String keyCol) implements Serializable {
    DropoutSpec canonical() {
      return new DropoutSpec(seed, keyCol == null ? null : "");
    }
  }
}
