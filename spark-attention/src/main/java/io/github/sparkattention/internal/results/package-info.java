/**
 * What a column of results may hold, each kind with its type and with what writes it in the format
 * of Spark's rows.
 *
 * <pre>
 * ResultKind ──▶ ResultWriter: BatchResults ──▶ ResultBuffer
 * </pre>
 */
package io.github.sparkattention.internal.results;
