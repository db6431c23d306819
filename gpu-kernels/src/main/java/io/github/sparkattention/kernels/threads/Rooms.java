package io.github.sparkattention.kernels.threads;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The activations of a program's spans, which share a bound however many passes run at a time. A
 * span gets at most half of what is left, so that a pass that is alone gets much, and one that
 * comes later still gets something; and at least what keeps its loops fast, even if nothing is
 * left.
 */
final class Rooms {
  /** Floats of all rooms together: 32 MiB, but for sequences that need more by themselves. */
  static final int MOST_FLOATS = 1 << 23;

  /** No span gets fewer: 2 MiB. */
  static final int FEWEST_FLOATS = 1 << 19;

  private final long fewestFloats;
  private final Deque<float[]> idle = new ArrayDeque<>();
  private long idleFloats;
  private long usedFloats;

  /**
   * Makes rooms, of which there is none yet.
   *
   * @param wantedFloats what a span needs for its loops to run well, which it gets even if nothing
   *     is left, up to the bound
   */
  Rooms(long wantedFloats) {
    fewestFloats = Math.max(FEWEST_FLOATS, Math.min(MOST_FLOATS, wantedFloats));
  }

  /** Sets aside what a span may take: its share, in floats, which a room takes the place of. */
  synchronized long reserve() {
    long share = Math.max(fewestFloats, (MOST_FLOATS - usedFloats) / 2);
    usedFloats += share;
    return share;
  }

  /**
   * A room for so many floats or more, with whatever was in it; to be given back.
   *
   * @param floats number of floats, more than the share if one sequence needs them
   * @param share what was set aside
   */
  synchronized float[] take(int floats, long share) {
    usedFloats -= share;
    float[] room = null;
    for (float[] candidate : idle) {
      if (candidate.length >= floats && (room == null || candidate.length < room.length)) {
        room = candidate;
      }
    }
    if (room == null) {
      room = new float[floats];
    } else {
      idle.remove(room);
      idleFloats -= room.length;
    }
    usedFloats += room.length;
    while (usedFloats + idleFloats > MOST_FLOATS && !idle.isEmpty()) {
      idleFloats -= idle.removeFirst().length;
    }
    return room;
  }

  /** Takes a room back, which nobody uses any more; one that breaks the bound is not kept. */
  synchronized void giveBack(float[] room) {
    forget(room);
    if (usedFloats + idleFloats + room.length <= MOST_FLOATS) {
      idle.add(room);
      idleFloats += room.length;
    }
  }

  /** Counts a room no longer, which somebody may still use. */
  synchronized void forget(float[] room) {
    usedFloats -= room.length;
  }

  /** Bytes of the rooms that idle. */
  synchronized long idleBytes() {
    return idleFloats * Float.BYTES;
  }

  /** Gives up what idles. */
  synchronized void clear() {
    idle.clear();
    idleFloats = 0;
  }
}
