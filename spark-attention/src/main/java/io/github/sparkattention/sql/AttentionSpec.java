package io.github.sparkattention.sql;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.BackendPolicy;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;

/**
 * All that a plan and its tasks need to know of a stage, apart from its weights.
 *
 * @param uid the stage's uid, for messages
 * @param inputCol name of the column of token embeddings
 * @param outputCol name of the column of context vectors
 * @param weightsCol name of the column of attention weights, or null if they are not wanted
 * @param config the settings of the layer
 * @param policy which backend computes, or null to leave it to the session and the application
 * @param batchTokens how many tokens a batch holds at most, unless one row alone has more
 * @param invalidRows what happens to rows that can't be computed
 * @param dropout the dropout draws of training, or null for none
 */
public record AttentionSpec(
    String uid,
    String inputCol,
    String outputCol,
    String weightsCol,
    AttentionConfig config,
    BackendPolicy policy,
    int batchTokens,
    InvalidRows invalidRows,
    DropoutSpec dropout)
    implements Serializable {

  /**
   * Whether the attention weights are an output.
   *
   * @return true if {@link #weightsCol} is given
   */
  public boolean wantsWeights() {
    return weightsCol != null;
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
   * The columns that the stage adds.
   *
   * @return the context vectors and, if wanted, the attention weights
   */
  public List<StructField> outputs() {
    List<StructField> fields = new ArrayList<>();
    fields.add(output(outputCol, matrix()));
    if (wantsWeights()) {
      fields.add(output(weightsCol, DataTypes.createArrayType(matrix(), false)));
    }
    return fields;
  }

  /**
   * The same without the columns that nobody uses.
   *
   * @param columns names of columns that are used
   * @return a spec with those of {@link #outputs} that are named, and always the context vectors
   */
  AttentionSpec keeping(Collection<String> columns) {
    return columns(inputCol, outputCol, columns.contains(weightsCol) ? weightsCol : null);
  }

  /**
   * The same with other names for its columns.
   *
   * @param input the component {@link #inputCol}
   * @param output the component {@link #outputCol}
   * @param attentionWeights the component {@link #weightsCol}
   * @return the new spec
   */
  AttentionSpec columns(String input, String output, String attentionWeights) {
    return new AttentionSpec(
        uid, input, output, attentionWeights, config, policy, batchTokens, invalidRows, dropout);
  }

  private StructField output(String name, DataType type) {
    // Under the other policies a row that can't be computed never gets here.
    return DataTypes.createStructField(name, type, invalidRows == InvalidRows.KEEP);
  }

  private static DataType matrix() {
    return DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.FloatType, false), false);
  }

  /**
   * The most tokens that a batch of several rows may have.
   *
   * @return batchTokens, or fewer if so many don't fit an array
   */
  long tokenBudget() {
    return Math.min(batchTokens, SequenceChecks.MAX_ARRAY / Math.max(config.dIn(), config.dOut()));
  }

  /**
   * The number of attention weights of a sequence.
   *
   * @param length number of tokens, less than 2^28 since a row holds them
   * @return numHeads · length · length, or {@link Long#MAX_VALUE} if a long doesn't hold it
   */
  long weightCount(long length) {
    long perHead = length * length;
    return perHead > Long.MAX_VALUE / config.numHeads()
        ? Long.MAX_VALUE
        : perHead * config.numHeads();
  }

  /**
   * The settings as one line of a plan.
   *
   * @return for example {@code [causal, 12 heads x 64, 8192 tokens a batch]}
   */
  String summary() {
    return String.format(
        "[%s, %d %s x %d, %d tokens a batch%s]",
        config.causal() ? "causal" : "not causal",
        config.numHeads(),
        config.numHeads() == 1 ? "head" : "heads",
        config.headDim(),
        batchTokens,
        dropout == null ? "" : ", training");
  }

  /**
   * The dropout draws of training.
   *
   * @param seed the seed of the training run
   * @param keyCol name of the bigint column with the rows' keys, or null to draw by the tokens
   */
  public record DropoutSpec(long seed, String keyCol) implements Serializable {}
}
