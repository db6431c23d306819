package io.github.sparkattention;

import io.github.sparkattention.internal.results.ResultColumn;
import io.github.sparkattention.internal.results.ResultKind;
import io.github.sparkattention.kernels.ModelConfig;
import io.github.sparkattention.kernels.ModelOutputs;
import io.github.sparkattention.kernels.ModelProgram;
import io.github.sparkattention.kernels.Pooling;
import io.github.sparkattention.kernels.checkpoints.Checkpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.apache.spark.ml.param.Param;

/** What a stage with a whole model is asked for: its columns, and the program that they need. */
final class ModelResults {
  private final ModelColumnParams<?> params;
  private final ModelConfig config;

  /** What the model's files say of pooling; null if there are none. */
  private final Checkpoint checkpoint;

  ModelResults(ModelColumnParams<?> params, ModelConfig config, Checkpoint checkpoint) {
    this.params = params;
    this.config = config;
    this.checkpoint = checkpoint;
  }

  private boolean asks(Param<String> column) {
    return params.isDefined(column) && !params.getOrDefault(column).isEmpty();
  }

  private boolean asksLogProbabilities() {
    return asks(params.logProbabilitiesCol())
        || asks(params.logProbabilityCol())
        || asks(params.perplexityCol());
  }

  /**
   * The one program that gives all columns.
   *
   * @throws IllegalArgumentException if the model can't give one of them
   */
  ModelProgram program() {
    ModelOutputs outputs = ModelOutputs.VECTORS;
    if (asks(params.hiddenStatesCol())) {
      int layer = layer(params.hiddenLayer(), params.hiddenStatesCol(), config.layers());
      outputs = outputs.withHiddenStates(layer);
    }
    if (asks(params.attentionWeightsCol())) {
      int layer = layer(params.attentionLayer(), params.attentionWeightsCol(), config.layers() - 1);
      outputs = outputs.withAttentionWeights(layer);
    }
    if (asksLogProbabilities()) {
      requireHead(
          asks(params.logProbabilitiesCol())
              ? params.logProbabilitiesCol()
              : asks(params.logProbabilityCol())
                  ? params.logProbabilityCol()
                  : params.perplexityCol());
      outputs = outputs.withLogProbabilities();
    }
    if (asks(params.nextTokensCol())) {
      requireHead(params.nextTokensCol());
      if (params.getNextTokens() > config.vocabulary()) {
        throw new IllegalArgumentException(
            String.format(
                "nextTokens must be at most the vocabulary, which is %d, but is %d",
                config.vocabulary(), params.getNextTokens()));
      }
      outputs = outputs.withNextIds(params.getNextTokens());
    }
    return config.program(outputs);
  }

  private int layer(Param<?> layer, Param<String> column, int last) {
    if (!params.isSet(layer)) {
      throw new IllegalArgumentException(
          String.format(
              "%s is '%s', but %s is not set; set it to one of the model's layers, 0 to %d",
              column.name(), params.getOrDefault(column), layer.name(), last));
    }
    int value = (Integer) params.getOrDefault(layer);
    if (value > last) {
      throw new IllegalArgumentException(
          String.format(
              "%s must be one of the model's layers, 0 to %d, but is %d",
              layer.name(), last, value));
    }
    return value;
  }

  private void requireHead(Param<String> column) {
    if (config.head() == ModelConfig.Head.NONE) {
      throw new IllegalArgumentException(
          String.format(
              "%s asks for probabilities of ids, but the model has no head that scores ids",
              column.name()));
    }
  }

  /**
   * The columns, in the order in which they are added.
   *
   * @param program what {@link #program} has given
   * @throws IllegalArgumentException if there are none, or if nobody says how vectors are pooled
   */
  List<ResultColumn> columns(ModelProgram program) {
    List<ResultColumn> columns = new ArrayList<>();
    String format = params.getOutputFormat();
    if (asks(params.outputCol())) {
      String param = params.outputCol().name();
      add(columns, ResultKind.tokens(param, format, program.vectors()), params.outputCol());
    }
    if (asks(params.pooledCol())) {
      ResultKind kind = new ResultKind.Embedding(pooling(), normalizes(), program.vectors());
      add(columns, kind, params.pooledCol());
    }
    if (asks(params.hiddenStatesCol())) {
      String param = params.hiddenStatesCol().name();
      ResultKind kind = ResultKind.tokens(param, format, program.hiddenStates());
      add(columns, kind, params.hiddenStatesCol());
    }
    if (asks(params.attentionWeightsCol())) {
      ResultKind kind = new ResultKind.AttentionWeights(program.attentionWeights());
      add(columns, kind, params.attentionWeightsCol());
    }
    int output = program.logProbability();
    if (asks(params.logProbabilitiesCol())) {
      add(columns, new ResultKind.LogProbabilities(output), params.logProbabilitiesCol());
    }
    if (asks(params.logProbabilityCol())) {
      add(columns, new ResultKind.LogProbability(output), params.logProbabilityCol());
    }
    if (asks(params.perplexityCol())) {
      add(columns, new ResultKind.Perplexity(output), params.perplexityCol());
    }
    if (asks(params.nextTokensCol())) {
      ResultKind kind = new ResultKind.NextTokens(program.topIds(), program.topLogProbabilities());
      add(columns, kind, params.nextTokensCol());
    }
    if (columns.isEmpty()) {
      throw new IllegalArgumentException(
          "nothing is to be computed; name a column by outputCol, pooledCol, hiddenStatesCol,"
              + " attentionWeightsCol, logProbabilitiesCol, logProbabilityCol, perplexityCol or"
              + " nextTokensCol");
    }
    return columns;
  }

  private void add(List<ResultColumn> columns, ResultKind kind, Param<String> name) {
    columns.add(new ResultColumn(kind, params.getOrDefault(name)));
  }

  private Pooling pooling() {
    if (params.isSet(params.pooling())) {
      return Pooling.valueOf(params.getPooling().toUpperCase(Locale.ROOT));
    }
    if (checkpoint == null || checkpoint.pooling() == null) {
      throw new IllegalArgumentException(
          String.format(
              "pooledCol is '%s', but the model doesn't say how to pool; set pooling to last, mean,"
                  + " max or cls",
              params.getPooledCol()));
    }
    return checkpoint.pooling();
  }

  private boolean normalizes() {
    return params.isSet(params.normalize())
        ? params.getNormalize()
        : checkpoint != null && checkpoint.normalize();
  }

  /** What pooling comes to, for people; empty if nothing is pooled. */
  String pooled() {
    return asks(params.pooledCol())
        ? String.format(
            ", %s pooling%s",
            pooling().name().toLowerCase(Locale.ROOT), normalizes() ? " normalized" : "")
        : "";
  }
}
