package io.github.sparkattention.internal.executor;

import java.util.function.Supplier;

/**
 * Something that takes long to open. The first who asks for it opens it; those who ask for it
 * meanwhile wait, and nobody else does.
 */
final class OpenedOnce<T> {
  private volatile T opened;

  /**
   * Gives it, opened now if it is not open yet.
   *
   * @param open opens it; what it throws reaches who asked, and the next one tries anew
   */
  T get(Supplier<T> open) {
    T found = opened;
    return found == null ? openNow(open) : found;
  }

  private synchronized T openNow(Supplier<T> open) {
    if (opened == null) {
      opened = open.get();
    }
    return opened;
  }

  /** What is open, or null; never waits. */
  T now() {
    return opened;
  }
}
