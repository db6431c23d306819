package io.github.sparkattention.internal.functions;

import io.github.sparkattention.internal.plan.AttentionModel;
import io.github.sparkattention.internal.spark.SparkInternals.StageMetadata;

/** Reads a saved stage whose metadata is known already, so that what is checked is what loads. */
public interface ModelReader {
  /** The file of the weights in a saved stage's folder, which each has. */
  String WEIGHTS = "attention.safetensors";

  /**
   * Reads the rest of a stage.
   *
   * @param path the folder that the stage was saved to
   * @param metadata what its metadata says
   * @return the stage
   * @throws IllegalArgumentException if the folder doesn't hold what the metadata promise
   */
  AttentionModel load(String path, StageMetadata metadata);
}
