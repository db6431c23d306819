/**
 * What is computed, and nothing of how: programs over packed tokens, their weights, and the
 * interfaces of the backends that compute them, and of the providers that open these. Knows no
 * other package of the project.
 *
 * <pre>
 * AttentionConfig ──Program.attention──▶ Program ──┐
 * AttentionWeights ──tensors──────────▶ Tensors ───┴─Backend.prepare──▶ Prepared
 * PackedSequences ──Prepared.begin──▶ Pass ──await──▶ Outputs
 * </pre>
 *
 * <p>A program is a list of steps over slots, each slot a row for every token of a batch. The
 * numeric contract: a sequence's result is a function of its tokens, the weights and the program
 * alone, to the last bit. The package {@code contract} has its formulas and orders.
 */
package io.github.sparkattention.kernels;
