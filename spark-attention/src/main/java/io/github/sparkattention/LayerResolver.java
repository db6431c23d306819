package io.github.sparkattention;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import org.apache.spark.ml.param.Param;

/** Makes the settings of a layer from a stage's params and the shapes of its weights. */
final class LayerResolver {
  private final LayerParams<?> params;
  private final boolean causal;

  LayerResolver(LayerParams<?> params, boolean causal) {
    this.params = params;
    this.causal = causal;
  }

  /** The settings of weights that are yet to be drawn. */
  AttentionConfig config() {
    require(params.dIn());
    require(params.dOut());
    return common(params.getDIn(), params.getDOut())
        .numKvHeads(params.getNumKvHeads())
        .qkvBias(params.getQkvBias())
        .outProjection(params.getOutProjection())
        .build();
  }

  private void require(Param<?> param) {
    if (!params.isSet(param)) {
      throw new IllegalArgumentException(
          String.format(
              "%s is not set; set dIn and dOut, or give weights, which have them", param.name()));
    }
  }

  /**
   * The settings of given weights.
   *
   * @param weights the weights
   * @param source where they come from, for messages
   */
  AttentionConfig config(AttentionWeights weights, String source) {
    int dIn = weights.query().inFeatures();
    int dOut = weights.query().outFeatures();
    String query = String.format("W_query [%d, %d]", dOut, dIn);
    agree(params.dIn(), dIn, query, source);
    agree(params.dOut(), dOut, query, source);

    boolean bias = weights.query().hasBias();
    agree(params.qkvBias(), bias, bias ? "a W_query bias" : "no W_query bias", source);
    boolean projects = weights.out() != null;
    agree(params.outProjection(), projects, projects ? "an out_proj" : "no out_proj", source);

    AttentionConfig.Builder builder = common(dIn, dOut).qkvBias(bias).outProjection(projects);
    // Built first without the key heads: it checks that the heads divide dOut.
    int headDim = builder.build().headDim();
    return builder.numKvHeads(keyHeads(weights, headDim, source)).build();
  }

  private int keyHeads(AttentionWeights weights, int headDim, String source) {
    int keyWidth = weights.key().outFeatures();
    String key = String.format("W_key [%d, %d]", keyWidth, weights.key().inFeatures());
    if (keyWidth % headDim != 0) {
      throw new IllegalArgumentException(
          String.format(
              "%s: %s doesn't fit numHeads = %d, which makes heads %d wide",
              source, key, params.getNumHeads(), headDim));
    }
    int heads = keyWidth / headDim;
    if (params.getNumKvHeads() != 0) {
      agree(params.numKvHeads(), heads, key, source);
    }
    return heads;
  }

  private void agree(Param<?> param, Object byWeights, String shape, String source) {
    if (params.isSet(param) && !params.getOrDefault(param).equals(byWeights)) {
      throw new IllegalArgumentException(
          String.format(
              "%s is set to %s, but it is %s by the weights, which have %s (%s)",
              param.name(), params.getOrDefault(param), byWeights, shape, source));
    }
  }

  private AttentionConfig.Builder common(int dIn, int dOut) {
    return AttentionConfig.builder(dIn, dOut)
        .causal(causal)
        .numHeads(params.getNumHeads())
        .contextLength(params.getContextLength())
        .dropout((float) params.getDropout())
        .slidingWindow(params.getSlidingWindow())
        .softcap((float) params.getSoftcap())
        .scale((float) params.getScale());
  }
}
