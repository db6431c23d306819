package io.github.sparkattention;

import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;

/**
 * Self-attention: every token attends to every token of its sequence.
 *
 * @see AttentionStage
 */
public final class SelfAttention extends AttentionStage<SelfAttention> {
  private static final long serialVersionUID = 1L;

  /** Makes a stage with a uid of its own. */
  public SelfAttention() {
    this(Identifiable$.MODULE$.randomUID("SelfAttention"));
  }

  /**
   * Makes a stage.
   *
   * @param uid tells the stage apart from all others
   */
  public SelfAttention(String uid) {
    super(uid, false);
  }

  /**
   * Reads saved stages.
   *
   * @return a reader
   */
  public static MLReader<SelfAttention> read() {
    return new StageReader<>(SelfAttention.class, SelfAttention::new);
  }

  /**
   * Reads a saved stage.
   *
   * @param path the folder that it was saved to
   * @return the stage, with its weights
   */
  public static SelfAttention load(String path) {
    return read().load(path);
  }

  @Override
  SelfAttention self() {
    return this;
  }
}
