/**
 * Options that commands share, in picocli's groups: what is read and written, the layer and its
 * weights, the model of texts, how a run computes, and Spark's. Each group checks what it can
 * before anything starts, and applies itself to stages.
 */
package io.github.sparkattention.internal.options;
