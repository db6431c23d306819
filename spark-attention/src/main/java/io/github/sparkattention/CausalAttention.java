package io.github.sparkattention;

import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;

/**
 * Causal attention: token i attends to the tokens 0..i of its sequence.
 *
 * <p>With {@link #setNumHeads} above 1 it is the multi-head attention of "Build a Large Language
 * Model (from Scratch)", which splits dOut among its heads; with {@link #setOutProjection} it also
 * has that layer's output projection.
 *
 * @see AttentionStage
 */
public final class CausalAttention extends AttentionStage<CausalAttention> {
  private static final long serialVersionUID = 1L;

  /** Makes a stage with a uid of its own. */
  public CausalAttention() {
    this(Identifiable$.MODULE$.randomUID("CausalAttention"));
  }

  /**
   * Makes a stage.
   *
   * @param uid tells the stage apart from all others
   */
  public CausalAttention(String uid) {
    super(uid, true);
  }

  /**
   * Reads saved stages.
   *
   * @return a reader
   */
  public static MLReader<CausalAttention> read() {
    return new StageReader<>(CausalAttention.class, CausalAttention::new);
  }

  /**
   * Reads a saved stage.
   *
   * @param path the folder that it was saved to
   * @return the stage, with its weights
   */
  public static CausalAttention load(String path) {
    return read().load(path);
  }

  @Override
  CausalAttention self() {
    return this;
  }
}
