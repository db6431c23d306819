/**
 * Weights in files: safetensors, read and written strictly, and the names that layers have in
 * checkpoints.
 */
package io.github.sparkattention.kernels.files;
