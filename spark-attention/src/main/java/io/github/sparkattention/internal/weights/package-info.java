/**
 * Weights from the driver to the executors: an executor has each model once, whichever way it gets
 * it.
 *
 * <pre>
 * LayerWeights ──send──▶ BroadcastWeights ──▶ the layer's file, in one broadcast
 * DrawnModel ────send──▶ itself ────────────▶ a seed, from which each executor draws
 * FileModel ─────send──▶ ReadModel ─────────▶ a path, from which each executor reads
 *                      └▶ SentModel ────────▶ tensors, in broadcasts of some MiB each
 * each of these ──lease──▶ executor.Lease
 * </pre>
 */
package io.github.sparkattention.internal.weights;
