package io.github.sparkattention.bench;

/** Something that is timed again and again. */
interface Timed {

  /** Does all of it once: the part that is timed. */
  void forward();

  /** Frees the result of the last {@link #forward}; not timed. */
  default void release() {
    // Most keep nothing.
  }
}
