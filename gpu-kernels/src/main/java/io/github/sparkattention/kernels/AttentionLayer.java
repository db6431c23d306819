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
  default ForwardReport forward(
      PackedSequences sequences, AttentionOutput output, Dropout dropout) {
    return forward(sequences, output, dropout, Cancellation.NEVER);
  }

  /**
   * Computes a batch that its caller may give up meanwhile, as {@link #forward(PackedSequences,
   * AttentionOutput, Dropout)} does.
   *
   * @param sequences a batch of any lengths, each token {@code dIn} wide
   * @param output the arrays to fill
   * @param dropout the draws that drop attention weights in training, or {@link Dropout#NONE}
   * @param cancellation asked between steps, which are some milliseconds of work
   * @return what the pass cost
   * @throws IllegalArgumentException if a sequence is longer than the context length, a token has
   *     another width, or an array is too short
   * @throws PassCancelledException if the pass was given up; what the output arrays hold then is
   *     undefined, and nothing touches any array any more
   */
  ForwardReport forward(
      PackedSequences sequences,
      AttentionOutput output,
      Dropout dropout,
      Cancellation cancellation);

  /**
   * Whether {@link #begin} returns before the batch is computed, so that the caller can prepare
   * another one meanwhile. Java threads leave nothing to do it with.
   *
   * @return false, unless the layer is on a device
   */
  default boolean isAsynchronous() {
    return false;
  }

  /**
   * Begins what {@link #forward(PackedSequences, AttentionOutput, Dropout, Cancellation)} does.
   * Until the pass has ended all arrays belong to it.
   *
   * @param sequences a batch of any lengths, each token {@code dIn} wide
   * @param output the arrays to fill
   * @param dropout the draws that drop attention weights in training, or {@link Dropout#NONE}
   * @param cancellation asked between steps, here and while the pass is awaited
   * @return the pass, which has ended already if this layer is not asynchronous
   * @throws IllegalArgumentException if a sequence is longer than the context length, a token has
   *     another width, or an array is too short
   * @throws PassCancelledException if the pass was given up already
   */
  default ForwardPass begin(
      PackedSequences sequences,
      AttentionOutput output,
      Dropout dropout,
      Cancellation cancellation) {
    return ForwardPass.ended(forward(sequences, output, dropout, cancellation));
  }

  /**
   * What the layer takes of memory now, whether or not a pass is under way.
   *
   * @return its weights, and the room that it keeps for the next pass
   */
  default LayerMemory memory() {
    return LayerMemory.ofWeights(config());
  }

  /** Releases what the layer holds; it can't run afterwards. */
  @Override
  void close();
}
