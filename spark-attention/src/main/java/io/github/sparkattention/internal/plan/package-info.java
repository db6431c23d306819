/**
 * The Catalyst operator behind stages and functions: a logical node, the strategy that plans it,
 * and the physical node whose tasks go over partitions.
 *
 * <pre>
 * BatchAttention.over ──▶ BatchAttention ──PushThroughAttention──▶ BatchAttention
 *                                        ──BatchAttentionStrategy──▶ BatchAttentionExec ──▶ tasks
 * </pre>
 */
package io.github.sparkattention.internal.plan;
