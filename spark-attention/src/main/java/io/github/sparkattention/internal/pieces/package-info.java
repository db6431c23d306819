/**
 * What texts are cut into before they are ids: normal forms by pinned tables of Unicode, words,
 * added tokens, and the pieces and pairs of bytes that a vocabulary knows. Works on code points;
 * knows no file and no kind of tokenizer.
 */
package io.github.sparkattention.internal.pieces;
