package io.github.sparkattention.kernels;

/**
 * A program with its weights in place, ready to run batches. Many threads may call it at once.
 *
 * <p>A sequence's result is a function of its tokens, the weights, the program and the dropout key
 * alone, to the last bit: how sequences are batched, the number of threads and the kind of backend
 * never show.
 */
public interface Prepared extends AutoCloseable {

  /**
   * What is computed.
   *
   * @return the program that this was prepared from
   */
  Program program();

  /**
   * Computes a batch, without dropout.
   *
   * @param batch sequences of any lengths, each token as wide as the program's input
   * @param values receives the program's first output, {@link Output.Values}
   * @return what the pass cost
   * @throws IllegalArgumentException if a sequence is longer than the context length, a token has
   *     another width, or {@code values} is too short
   */
  default PassReport run(PackedSequences batch, float[] values) {
    return run(batch, Outputs.of(values), Dropout.NONE);
  }

  /**
   * Computes a batch: {@link #begin}, and at once {@link Pass#await}.
   *
   * @param batch sequences of any lengths, each token as wide as the program's input
   * @param outputs the arrays to fill
   * @param dropout the draws that drop attention weights in training, or {@link Dropout#NONE}
   * @return what the pass cost
   * @throws IllegalArgumentException if a sequence is longer than the context length, a token has
   *     another width, or an array is too short
   */
  default PassReport run(PackedSequences batch, Outputs outputs, Dropout dropout) {
    return run(batch, outputs, dropout, Cancellation.NEVER);
  }

  /**
   * Computes a batch that its caller may give up meanwhile.
   *
   * @param batch sequences of any lengths, each token as wide as the program's input
   * @param outputs the arrays to fill
   * @param dropout the draws that drop attention weights in training, or {@link Dropout#NONE}
   * @param cancellation asked between pieces of work, which are some milliseconds each
   * @return what the pass cost
   * @throws IllegalArgumentException if a sequence is longer than the context length, a token has
   *     another width, or an array is too short
   * @throws PassCancelledException if the pass was given up; what the output arrays hold then is
   *     undefined, and nothing touches any array any more
   */
  default PassReport run(
      PackedSequences batch, Outputs outputs, Dropout dropout, Cancellation cancellation) {
    return begin(batch, outputs, dropout, cancellation).await();
  }

  /**
   * Whether {@link #begin} returns before the batch is computed, so that the caller can prepare
   * another one meanwhile. Java threads leave nothing to do it with.
   *
   * @return false, unless the program is on a device
   */
  default boolean isAsynchronous() {
    return false;
  }

  /**
   * Begins to compute a batch. Until the pass has ended all arrays belong to it.
   *
   * @param batch sequences of any lengths, each token as wide as the program's input
   * @param outputs the arrays to fill
   * @param dropout the draws that drop attention weights in training, or {@link Dropout#NONE}
   * @param cancellation asked between pieces of work, here and while the pass is awaited
   * @return the pass, which has ended already if this program is not asynchronous
   * @throws IllegalArgumentException if a sequence is longer than the context length, a token has
   *     another width, or an array is too short
   * @throws PassCancelledException if the pass was given up already
   */
  Pass begin(PackedSequences batch, Outputs outputs, Dropout dropout, Cancellation cancellation);

  /**
   * What this takes of memory now, whether or not a pass is under way.
   *
   * @return its weights, and the room that it keeps for the next pass
   */
  PreparedMemory memory();

  /** Releases what is prepared; it can't run afterwards. */
  @Override
  void close();
}
