/**
 * Expressions that compute a row by itself, without a batch: the ids of a text, and how similar
 * vectors are.
 */
package io.github.sparkattention.internal.expressions;
