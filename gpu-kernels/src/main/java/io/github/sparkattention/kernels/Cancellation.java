package io.github.sparkattention.kernels;

/**
 * Tells whether the caller of a forward pass has given it up. Backends ask between steps, which are
 * some milliseconds of work: often, and from several threads at once.
 */
@FunctionalInterface
public interface Cancellation {
  /** Of a pass that goes on to its end. */
  Cancellation NEVER = () -> false;

  /**
   * Whether nobody wants the results any more.
   *
   * @return true once the pass is given up, and from then on
   */
  boolean isRequested();

  /**
   * Ends a pass that was given up.
   *
   * @throws PassCancelledException if it was
   */
  default void check() {
    if (isRequested()) {
      throw new PassCancelledException("the forward pass was given up by its caller");
    }
  }
}
