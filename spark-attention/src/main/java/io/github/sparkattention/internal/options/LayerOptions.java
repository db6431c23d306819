package io.github.sparkattention.internal.options;

import io.github.sparkattention.AttentionStage;
import io.github.sparkattention.CausalAttention;
import io.github.sparkattention.SelfAttention;
import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.Heads;
import picocli.CommandLine.Option;

/** The settings of the layer that don't follow from its weights. */
public final class LayerOptions {
  @Option(
      names = "--num-heads",
      paramLabel = "N",
      description = "${bundle:numHeads} (default: ${DEFAULT-VALUE}).")
  private int numHeads = 1;

  @Option(names = "--num-kv-heads", paramLabel = "N", description = "${bundle:numKvHeads}.")
  private int numKvHeads;

  @Option(names = "--context-length", paramLabel = "N", description = "${bundle:contextLength}.")
  private int contextLength;

  @Option(
      names = "--no-causal",
      description = "Every token sees the whole sequence, not only the tokens up to itself.")
  private boolean notCausal;

  @Option(names = "--sliding-window", paramLabel = "N", description = "${bundle:slidingWindow}.")
  private int slidingWindow;

  @Option(names = "--softcap", paramLabel = "X", description = "${bundle:softcap}.")
  private double softcap;

  @Option(names = "--scale", paramLabel = "X", description = "${bundle:scale}.")
  private double scale;

  /**
   * Checks everything that can be checked without the weights.
   *
   * @throws IllegalArgumentException if a setting is out of range
   */
  public void check(WeightsOptions weights) {
    if (numKvHeads < 0) {
      throw new IllegalArgumentException("numKvHeads must be at least 1, but is " + numKvHeads);
    }
    // Before they are rounded to floats, where the least of numbers would be 0.
    Heads.requireFactorOr0("softcap", softcap);
    Heads.requireFactorOr0("scale", scale);
    // The builder would pass 0, its word for the default, on to all of these.
    AttentionConfig.builder(weights.dIn(), weights.dOut(numHeads))
        .numHeads(numHeads)
        .numKvHeads(numKvHeads)
        .contextLength(contextLength)
        .slidingWindow(slidingWindow)
        .softcap((float) softcap)
        .scale((float) scale)
        .build();
  }

  public AttentionStage<?> stage(String uid) {
    AttentionStage<?> stage = notCausal ? new SelfAttention(uid) : new CausalAttention(uid);
    stage.setNumHeads(numHeads);
    stage.setNumKvHeads(numKvHeads);
    stage.setContextLength(contextLength);
    stage.setSlidingWindow(slidingWindow);
    stage.setSoftcap(softcap);
    stage.setScale(scale);
    return stage;
  }

  /** One line for what a run prints first. */
  public static String describe(AttentionConfig config) {
    StringBuilder text = new StringBuilder();
    text.append(config.causal() ? "causal" : "not causal");
    text.append(
        String.format(
            ", %d %s of %d, d_in %d, d_out %d",
            config.numHeads(),
            config.numHeads() == 1 ? "head" : "heads",
            config.headDim(),
            config.dIn(),
            config.dOut()));
    if (config.numKvHeads() != config.numHeads()) {
      text.append(", ").append(config.numKvHeads()).append(" key/value heads");
    }
    text.append(config.qkvBias() ? ", qkv bias" : "");
    text.append(config.outProjection() ? ", output projection" : "");
    text.append(
        config.contextLength() > 0 ? ", at most " + config.contextLength() + " tokens" : "");
    text.append(config.slidingWindow() > 0 ? ", window " + config.slidingWindow() : "");
    text.append(config.softcap() > 0 ? ", soft cap " + config.softcap() : "");
    return text.toString();
  }
}
