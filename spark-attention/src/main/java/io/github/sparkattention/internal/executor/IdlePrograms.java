package io.github.sparkattention.internal.executor;

import io.github.sparkattention.kernels.PreparedMemory;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The prepared programs of a JVM that no task uses, on whichever backend they are. They stay for
 * the next task while all of them together fit their share of the heap and of the device's memory;
 * beyond it, those that were used longest ago go. The one that was used last stays until another is
 * to be prepared, however large it is: between two tasks of a stage there may be no task at all,
 * and a large model would be fetched anew for each of them. If the share is nothing, none stays.
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

  /** Takes out those that are too many, but for the one that was used last. */
  synchronized List<PreparedPrograms.Entry> takeOlderExcess() {
    PreparedPrograms.Entry last = null;
    for (PreparedPrograms.Entry entry : eldestFirst) {
      last = entry;
    }
    return takeExcess(most.equals(PreparedMemory.NONE) ? null : last);
  }

  /** Takes out those that are too many. */
  synchronized List<PreparedPrograms.Entry> takeExcess() {
    return takeExcess(null);
  }

  private List<PreparedPrograms.Entry> takeExcess(PreparedPrograms.Entry kept) {
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
      if (entry != kept && (held.heapBytes() > most.heapBytes() || memory.deviceBytes() > 0)) {
        eldest.remove();
        excess.add(entry);
        held = held.minus(memory);
      }
    }
    return excess;
  }
}
