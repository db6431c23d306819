/**
 * Weights and models in files: safetensors, read and written strictly; the names that layers and
 * whole models have in checkpoints; and the settings beside them. A {@link
 * io.github.sparkattention.kernels.files.Checkpoint} is a whole model, an {@link
 * io.github.sparkattention.kernels.files.AttentionWeightsFile} one layer. Files may come from
 * anywhere, so each is checked before it costs memory, and is loaded exactly or refused.
 */
package io.github.sparkattention.kernels.files;
