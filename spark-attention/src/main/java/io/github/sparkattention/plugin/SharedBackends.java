package io.github.sparkattention.plugin;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.opencl.DeviceException;
import io.github.sparkattention.kernels.opencl.OpenClBackend;
import io.github.sparkattention.kernels.opencl.OpenClSettings;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.SparkConf;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The Java threads and the device of this JVM, each opened when a policy first needs it and shared
 * by all policies: stages under {@code auto} and {@code opencl} queue at one device, and those
 * under {@code auto} and {@code threads} compute on the same threads.
 *
 * <p>An application that starts in a JVM that another one has left may have other cores and
 * settings; what it opens is its own.
 */
final class SharedBackends {
  private static final Logger LOG = LoggerFactory.getLogger(SharedBackends.class);

  private final Map<Integer, ThreadsBackend> threads = new HashMap<>();
  private final Map<OpenClSettings, Device> devices = new HashMap<>();

  synchronized ThreadsBackend threads(int cores) {
    return threads.computeIfAbsent(cores, ThreadsBackend::new);
  }

  /**
   * The device, opened now if it is not open yet. One on which the kernels don't compile is none.
   *
   * @param settings which device to take, apart from assigned GPUs
   * @param assigned the GPUs of the task, or the executor, that asks; they decide if it is the
   *     first, for one executor has one device, whatever its tasks are given
   * @param conf the application's configuration
   * @throws BackendUnavailableException if there is no such device
   */
  synchronized OpenClBackend device(
      OpenClSettings settings, List<String> assigned, SparkConf conf) {
    return devices
        .computeIfAbsent(settings, absent -> Device.open(absent, assigned, conf))
        .backend();
  }

  /** Says once of each device that a task has been given another. */
  synchronized void compare(OpenClSettings settings, List<String> assigned) {
    Device device = devices.get(settings);
    if (device != null && !assigned.isEmpty()) {
      device.compare(assigned);
    }
  }

  /** Bytes of memory of all devices that are open. */
  synchronized long deviceMemory() {
    return devices.values().stream().mapToLong(d -> d.backend().device().globalMemory()).sum();
  }

  /** Bytes that layers and launches hold on these devices. */
  synchronized long deviceMemoryHeld() {
    return devices.values().stream().mapToLong(d -> d.backend().heldBytes()).sum();
  }

  private record Device(OpenClBackend backend, List<String> assigned, AtomicBoolean said) {
    static Device open(OpenClSettings settings, List<String> assigned, SparkConf conf) {
      String warning = AssignedGpus.warning(assigned, settings, conf);
      if (warning != null) {
        LOG.warn(warning);
      }
      OpenClBackend backend = OpenClBackend.open(settings.withAssignedGpus(assigned));
      AttentionConfig smallest = AttentionConfig.builder(1, 1).build();
      try {
        backend.prepare(smallest, AttentionWeights.seeded(smallest, 0)).close();
      } catch (DeviceException e) {
        backend.close();
        throw new BackendUnavailableException(e.getMessage());
      }
      return new Device(backend, assigned, new AtomicBoolean());
    }

    void compare(List<String> others) {
      boolean same = !assigned.isEmpty() && assigned.get(0).equals(others.get(0));
      if (!same && said.compareAndSet(false, true)) {
        LOG.warn(
            "Spark assigned the GPUs {} to one task and {} to another, but all tasks of an executor"
                + " use one device, here {}; give each executor one GPU",
            assigned,
            others,
            backend.description());
      }
    }
  }
}
