/**
 * One partition's way: rows are gathered into batches, decoded, computed in one pass, encoded and
 * handed on in their order. While a device computes one batch, the next is gathered.
 *
 * <pre>
 * rows ──RowGatherer──▶ SequenceBatch.pack ──Prepared.begin──▶ RowEncoder ──▶ rows
 *        (BatchSizes)   (forms, SequenceChecks)                (results)
 * </pre>
 */
package io.github.sparkattention.internal.rows;
