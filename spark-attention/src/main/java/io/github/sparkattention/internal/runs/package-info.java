/**
 * What a command's run is made of, whatever it computes: rows read, counted and written whole or
 * not at all, a report of what was done on which backends, and a failure or a signal told in one
 * line.
 *
 * <pre>
 * InputOptions.read ──▶ rows ──RowJob.Addition──▶ rows ──OutputFolder.write──▶ files, Report
 * </pre>
 */
package io.github.sparkattention.internal.runs;
