/**
 * Weights in files: safetensors, read and written strictly, alone or in shards, and the weights of
 * ONNX files. Files may come from anywhere, so each is checked before it costs memory, and is
 * loaded exactly or refused. What the tensors are called in models is for the room of checkpoints.
 */
package io.github.sparkattention.kernels.files;
