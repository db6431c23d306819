package io.github.sparkattention.plugin;

import java.io.Serializable;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What all tasks of an executor have computed together, up to its last one that did.
 *
 * @param executorId the executor's id; {@code driver} where the driver computes itself
 * @param values the values of the plugin's metrics by their names, in the documentation's order
 */
public record ExecutorMetrics(String executorId, Map<String, Number> values)
    implements Serializable {

  /**
   * A copy of these values.
   *
   * @param executorId the executor's id
   * @param values the values by their names
   */
  public ExecutorMetrics {
    values = Collections.unmodifiableMap(new LinkedHashMap<>(values));
  }
}
