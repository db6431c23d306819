package io.github.sparkattention.kernels;

/**
 * An attention layer with its weights in place, ready to run batches. Many threads may call it at
 * once.
 *
 * <p>A sequence's result is a function of its tokens, the weights, the configuration and the
 * dropout key alone, to the last bit: how sequences are batched, the number of threads and the kind
 * of backend never show.
 */
public interface AttentionLayer extends AutoCloseable {

  /**
   * The settings that this layer was prepared with.
   *
   * @return the configuration
   */
  AttentionConfig config();

  /**
   * Computes softmax(Q Kᵀ · scale) V per sequence and head, without dropout.
   *
   * @param sequences a batch of any lengths, each token {@code dIn} wide
   * @param context receives the context vectors [total, dOut], row-major
   * @return what the pass cost
   * @throws IllegalArgumentException if a sequence is longer than the context length, a token has
   *     another width, or {@code context} is too short
   */
  default ForwardReport forward(PackedSequences sequences, float[] context) {
    return forward(sequences, AttentionOutput.context(context), Dropout.NONE);
  }

  /**
   * Computes a batch as {@link #forward(PackedSequences, float[])} does, with all that can be asked
   * for.
   *
   * @param sequences a batch of any lengths, each token {@code dIn} wide
   * @param output the arrays to fill
   * @param dropout the draws that drop attention weights in training, or {@link Dropout#NONE}
   * @return what the pass cost
   * @throws IllegalArgumentException if a sequence is longer than the context length, a token has
   *     another width, or an array is too short
   */
  ForwardReport forward(PackedSequences sequences, AttentionOutput output, Dropout dropout);

  /** Releases what the layer holds; it can't run afterwards. */
  @Override
  void close();
}
