/**
 * Calls of functions in expressions, and their way into operators.
 *
 * <pre>
 * FunctionCall ──▶ AttentionExpression ──AttentionExtraction──▶ BatchAttention
 * </pre>
 *
 * <p>{@link io.github.sparkattention.internal.functions.SessionRules} teaches a session all of it.
 */
package io.github.sparkattention.internal.functions;
