/**
 * What a stage asks of its rows and batches, wherever they are computed: its settings, every size
 * of a row and of a batch, and what happens to rows that can't be computed.
 *
 * <pre>
 * params ──▶ AttentionSpec ──▶ BatchSizes (TaskHeap): what a row may need, what a batch may hold
 *                          ──▶ Refusals (InvalidRows): what becomes of a row that is refused
 * </pre>
 */
package io.github.sparkattention.internal.batches;
