package io.github.sparkattention.internal.executor;

import io.github.sparkattention.kernels.PreparedMemory;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The prepared programs of a JVM that no task uses, on whichever backend they are. They stay for
 * the next task while all of them together fit their share of the heap and of the device's memory;
 * beyond it, those that were used longest ago go.
 *
 * <p>All {@link PreparedPrograms} of a JVM share this object and its lock.
 */
final class IdlePrograms {
  private final Set<PreparedPrograms.Entry> eldestFirst = new LinkedHashSet<>();
  private PreparedMemory most;

  /**
   * Starts with none.
   *
   * @param most what all of them may take together
   */
  IdlePrograms(PreparedMemory most) {
    this.most = most;
  }

  /** Changes what they may take from the next use on. */
  synchronized void bound(PreparedMemory newMost) {
    most = newMost;
  }

  synchronized void add(PreparedPrograms.Entry entry) {
    eldestFirst.add(entry);
  }

  synchronized void remove(PreparedPrograms.Entry entry) {
    eldestFirst.remove(entry);
  }

  /** Takes out those that are too many. */
  synchronized List<PreparedPrograms.Entry> takeExcess() {
    List<PreparedPrograms.Entry> excess = new ArrayList<>();
    PreparedMemory held =
        eldestFirst.stream()
            .map(entry -> entry.program().memory())
            .reduce(PreparedMemory.NONE, PreparedMemory::plus);
    var eldest = eldestFirst.iterator();
    while (eldest.hasNext()
        && (held.heapBytes() > most.heapBytes() || held.deviceBytes() > most.deviceBytes())) {
      PreparedPrograms.Entry entry = eldest.next();
      PreparedMemory memory = entry.program().memory();
      // What holds nothing of what there is too much of would go in vain.
      if (held.heapBytes() > most.heapBytes() || memory.deviceBytes() > 0) {
        eldest.remove();
        excess.add(entry);
        held = held.minus(memory);
      }
    }
    return excess;
  }
}
