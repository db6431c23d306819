package io.github.sparkattention.kernels.checkpoints;

import io.github.sparkattention.kernels.ModelConfig;

/**
 * A name of a tensor by {@link ModelConfig}, taken apart.
 *
 * @param block index of its block, or {@link #NO_BLOCK}
 * @param layer name of the layer, within the block if there is one, such as {@code query}
 * @param part {@code weight} or {@code bias}
 */
record TensorName(int block, String layer, String part) {
  static final int NO_BLOCK = -1;

  static TensorName of(String name) {
    String[] parts = name.split("\\.", -1);
    boolean inBlock = parts.length > 2;
    return new TensorName(
        inBlock ? Integer.parseInt(parts[1]) : NO_BLOCK,
        parts[parts.length - 2],
        parts[parts.length - 1]);
  }

  boolean isWeight() {
    return part.equals("weight");
  }

  boolean isNorm() {
    return layer.endsWith("norm");
  }

  boolean isHead() {
    return layer.equals(ModelConfig.HEAD);
  }

  /** Whether this is the weight of a map, which a file may keep either way round. */
  boolean isMap() {
    return isWeight() && (isHead() || (block != NO_BLOCK && !isNorm()));
  }
}
