package io.github.sparkattention;

import io.github.sparkattention.internal.files.ModelFile;
import io.github.sparkattention.kernels.ModelConfig;
import java.util.List;
import org.apache.spark.ml.param.Param;

/** Makes the settings of a model from a stage's params, or holds the params to those in files. */
final class ModelResolver {
  private final ModelParams<?> params;

  ModelResolver(ModelParams<?> params) {
    this.params = params;
  }

  /** The book's GPTModel, whose weights are yet to be drawn. */
  ModelConfig book() {
    for (Param<?> param :
        List.<Param<?>>of(
            params.vocabulary(),
            params.contextLength(),
            params.width(),
            params.numHeads(),
            params.numLayers())) {
      if (!params.isSet(param)) {
        throw new IllegalArgumentException(
            String.format(
                "%s is not set; set vocabulary, contextLength, width, numHeads and numLayers, or"
                    + " checkpoint, which decides them",
                param.name()));
      }
    }
    return ModelConfig.book(
        params.getVocabulary(),
        params.getContextLength(),
        params.getWidth(),
        params.getNumHeads(),
        params.getNumLayers(),
        params.isSet(params.qkvBias()) && params.getQkvBias());
  }

  /**
   * The settings of a model in files.
   *
   * @param file the model
   * @throws IllegalArgumentException if a param is set to anything else
   */
  ModelConfig of(ModelFile file) {
    ModelConfig config = file.checkpoint().config();
    agree(params.vocabulary(), config.vocabulary(), file);
    agree(params.contextLength(), config.contextLength(), file);
    agree(params.width(), config.width(), file);
    agree(params.numHeads(), config.heads().numHeads(), file);
    agree(params.numLayers(), config.layers(), file);
    agree(params.qkvBias(), config.qkvBias(), file);
    return config;
  }

  private void agree(Param<?> param, Object byFile, ModelFile file) {
    if (params.isSet(param) && !params.getOrDefault(param).equals(byFile)) {
      throw new IllegalArgumentException(
          String.format(
              "%s is set to %s, but it is %s by the model at '%s'",
              param.name(), params.getOrDefault(param), byFile, file.path()));
    }
  }
}
