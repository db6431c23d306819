/**
 * The Catalyst operator behind the stages: a logical node, the strategy that plans it, and the
 * physical node whose tasks gather rows into batches, compute each batch in one forward pass, and
 * hand the rows on in their order. Functions for columns and for SQL become the same node.
 *
 * <pre>
 * AttentionFunctions, FunctionCall ──▶ AttentionExpression                               driver
 *                                              │ AttentionExtraction
 * BatchAttention.over ─────────────▶ BatchAttention ──PushThroughAttention──▶ BatchAttention
 *                                                   ──BatchAttentionStrategy──▶ BatchAttentionExec
 * ───────────────────────────────────────────────────────────────────────────────────────────────
 * rows ──RowGatherer──▶ SequenceBatch.pack ──Prepared──▶ RowEncoder ──▶ rows         task
 *                      (RowDecoder, SequenceChecks, BatchSizes)
 * </pre>
 *
 * <p>{@link io.github.sparkattention.sql.SparkInternals} is the one place that depends on the
 * version of Spark.
 */
package io.github.sparkattention.sql;
