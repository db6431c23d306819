/**
 * Texts to ids, as Hugging Face's tokenizers make them: WordPiece and byte-level byte pairs, read
 * from a checkpoint's own files by {@link io.github.sparkattention.text.TokenizerFiles}. Knows
 * nothing of Spark. What decides an id is pinned, Unicode's tables included, so that ids are the
 * same on every JDK.
 */
package io.github.sparkattention.text;
