/**
 * Models in files: the names that layers and whole models have in checkpoints, and the settings
 * beside them. A {@link io.github.sparkattention.kernels.checkpoints.Checkpoint} is a whole model,
 * an {@link io.github.sparkattention.kernels.checkpoints.AttentionWeightsFile} one layer.
 */
package io.github.sparkattention.kernels.checkpoints;
