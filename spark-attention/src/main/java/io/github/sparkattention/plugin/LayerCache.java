package io.github.sparkattention.plugin;

import io.github.sparkattention.kernels.AttentionLayer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The layers prepared on one backend, each with the number of tasks that use it. Layers that nobody
 * uses stay for the next task; the least recently used ones beyond a small number are closed.
 */
final class LayerCache {
  private final int idleLimit;
  private final Map<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private int prepared;

  LayerCache(int idleLimit) {
    this.idleLimit = idleLimit;
  }

  /**
   * Takes a layer into use; the first task prepares it, and those that ask meanwhile wait for it.
   *
   * @param key the fingerprint of the layer's configuration and weights
   * @param prepare makes the layer
   * @return the layer's entry, to be given back by {@link #release}
   */
  Entry acquire(String key, Supplier<AttentionLayer> prepare) {
    Entry entry;
    synchronized (this) {
      entry = entries.computeIfAbsent(key, Entry::new);
      entry.users++;
    }
    try {
      // Not under the cache's lock: preparing may take long, and other layers needn't wait for it.
      entry.prepareOnce(prepare);
      return entry;
    } catch (RuntimeException | Error e) {
      release(entry);
      throw e;
    }
  }

  void release(Entry entry) {
    List<AttentionLayer> unused = new ArrayList<>();
    synchronized (this) {
      entry.users--;
      int idle = 0;
      for (Entry other : entries.values()) {
        idle += other.users == 0 ? 1 : 0;
      }
      var eldestFirst = entries.values().iterator();
      while (eldestFirst.hasNext()) {
        Entry other = eldestFirst.next();
        boolean failed = other.layer == null;
        if (other.users == 0 && (failed || idle > idleLimit)) {
          eldestFirst.remove();
          idle--;
          if (!failed) {
            unused.add(other.layer);
          }
        }
      }
    }
    unused.forEach(AttentionLayer::close);
  }

  /** How many layers were ever prepared here. */
  synchronized int prepared() {
    return prepared;
  }

  /** How many tasks use a layer now. */
  synchronized int users() {
    return entries.values().stream().mapToInt(entry -> entry.users).sum();
  }

  private synchronized void countPrepared() {
    prepared++;
  }

  /** One layer of the cache. */
  final class Entry {
    private final String key;
    private int users;
    private volatile AttentionLayer layer;

    private Entry(String key) {
      this.key = key;
    }

    AttentionLayer layer() {
      return layer;
    }

    private synchronized void prepareOnce(Supplier<AttentionLayer> prepare) {
      if (layer == null) {
        layer = prepare.get();
        countPrepared();
      }
    }

    @Override
    public String toString() {
      return key;
    }
  }
}
