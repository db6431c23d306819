package io.github.sparkattention.internal.rows;

import java.util.Collections;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.apache.spark.util.AccumulatorV2;

/** The accumulator that carries the names of the backends that computed an execution's tasks. */
public final class BackendNames extends AccumulatorV2<String, Set<String>> {
  /** The accumulator's name, by which a listener finds it in a task's accumulables. */
  public static final String NAME = "attention backend";

  /** Name of the metric that counts batches which Java threads computed in a device's stead. */
  public static final String FALLBACKS = "number of fallbacks to Java threads";

  private static final long serialVersionUID = 1L;

  // Replaced, never changed: a heartbeat may send it while the task adds to it.
  @SuppressWarnings("serial") // A TreeSet in a wrapper; both are serializable.
  private volatile SortedSet<String> names = Collections.emptySortedSet();

  /** Makes an empty accumulator. */
  public BackendNames() {}

  @Override
  public boolean isZero() {
    return names.isEmpty();
  }

  @Override
  public BackendNames copy() {
    BackendNames copy = new BackendNames();
    copy.names = names;
    return copy;
  }

  @Override
  public void reset() {
    names = Collections.emptySortedSet();
  }

  @Override
  public void add(String name) {
    union(Set.of(name));
  }

  @Override
  public void merge(AccumulatorV2<String, Set<String>> other) {
    union(other.value());
  }

  private synchronized void union(Set<String> more) {
    SortedSet<String> union = new TreeSet<>(names);
    union.addAll(more);
    names = Collections.unmodifiableSortedSet(union);
  }

  @Override
  public Set<String> value() {
    return names;
  }
}
