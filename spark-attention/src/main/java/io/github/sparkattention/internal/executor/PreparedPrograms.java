package io.github.sparkattention.internal.executor;

import io.github.sparkattention.kernels.Prepared;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The programs prepared on one backend, each with the number of tasks that use it. Those that
 * nobody uses stay for the next task, as {@link IdlePrograms} allows.
 */
public final class PreparedPrograms {
  /** Also the lock of all that changes here. */
  private final IdlePrograms idle;

  private final Map<String, Entry> entries = new HashMap<>();
  private int prepared;

  PreparedPrograms(IdlePrograms idle) {
    this.idle = idle;
  }

  /**
   * Takes a program into use; the first task prepares it, and those that ask meanwhile wait for it.
   *
   * @param key the fingerprint of the configuration and the weights
   * @param backend what computes it, for summaries
   * @param prepare makes the program
   * @return the lease; none is left open if anything is thrown
   */
  Lease lease(String key, String backend, Supplier<Prepared> prepare) {
    Lease lease = new Lease(use(key), backend);
    boolean usable = false;
    try {
      lease.prepare(prepare);
      usable = true;
      return lease;
    } finally {
      // Not in a catch: code in Scala throws checked exceptions that no signature shows.
      if (!usable) {
        lease.close();
      }
    }
  }

  private Entry use(String key) {
    Entry entry;
    List<Entry> excess = List.of();
    synchronized (idle) {
      entry = entries.get(key);
      if (entry == null) {
        entry = new Entry(key);
        entries.put(key, entry);
        // Before it takes memory of its own.
        excess = idle.takeExcess();
        excess.forEach(Entry::forget);
      }
      entry.users++;
      idle.remove(entry);
    }
    excess.forEach(Entry::close);
    return entry;
  }

  private void release(Entry entry) {
    List<Entry> excess;
    synchronized (idle) {
      entry.users--;
      if (entry.users == 0) {
        entry.leave();
      }
      excess = idle.takeOlderExcess();
      excess.forEach(Entry::forget);
    }
    excess.forEach(Entry::close);
  }

  /** How many programs were ever prepared here. */
  public int prepared() {
    synchronized (idle) {
      return prepared;
    }
  }

  /** How many tasks use a program now. */
  int users() {
    synchronized (idle) {
      return entries.values().stream().mapToInt(entry -> entry.users).sum();
    }
  }

  private void countPrepared() {
    synchronized (idle) {
      prepared++;
    }
  }

  /** One program, and who uses it. */
  final class Entry {
    private final String key;
    private int users;
    private volatile Prepared program;

    private Entry(String key) {
      this.key = key;
    }

    Prepared program() {
      return program;
    }

    /** Not under the common lock: it may take long, and other programs needn't wait for it. */
    synchronized void prepare(Supplier<Prepared> prepare) {
      if (program == null) {
        program = prepare.get();
        countPrepared();
      }
    }

    /** Takes one user away. */
    void release() {
      PreparedPrograms.this.release(this);
    }

    /** The last user has gone; what could not be prepared is tried anew by the next. */
    private void leave() {
      if (program == null) {
        forget();
      } else {
        idle.add(this);
      }
    }

    private void forget() {
      PreparedPrograms.this.entries.remove(key);
    }

    private void close() {
      program.close();
    }

    @Override
    public String toString() {
      return key;
    }
  }
}
