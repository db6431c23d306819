/**
 * The forms that a sequence of tokens may have in a column, and how each is read from Spark's rows
 * without an object for a value.
 *
 * <pre>
 * column's type ──SequenceForm──▶ RowDecoder ──▶ floats of a batch, or what is wrong with a token
 * column's type ──IdForm────────▶ RowDecoder ──▶ ids of a batch, or what is wrong with one
 * </pre>
 */
package io.github.sparkattention.internal.forms;
