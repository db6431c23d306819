package io.github.sparkattention.internal.executor;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.backends.BackendChoice;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.backends.Backends;
import io.github.sparkattention.kernels.contract.SeededWeights;
import io.github.sparkattention.kernels.opencl.OpenClBackend;
import io.github.sparkattention.kernels.opencl.OpenClDevice;
import io.github.sparkattention.kernels.opencl.OpenClSettings;
import io.github.sparkattention.kernels.threads.ThreadsBackend;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this JVM has opened for each policy, and below it the Java threads and the device that all
 * policies share: stages under {@code auto} and {@code opencl} queue at one device, and those under
 * {@code auto} and {@code threads} compute on the same threads.
 *
 * <p>There is no lock over all of it, since a driver may take its time: whoever asks for a device
 * waits for it, and tasks on Java threads and readers of metrics don't.
 *
 * <p>An application that starts in a JVM that another one has left may have other cores and
 * settings; what it opens is its own.
 */
final class SharedBackends {
  private static final Logger LOG = LoggerFactory.getLogger(SharedBackends.class);

  private final Function<OpenClSettings, OpenClBackend> openDevice;
  private final IdleLayers idle;
  private final Map<Key, OpenedOnce<ExecutorBackend>> open = new ConcurrentHashMap<>();
  private final Map<Integer, ThreadsBackend> threads = new ConcurrentHashMap<>();
  private final Map<OpenClSettings, OpenedOnce<Device>> devices = new ConcurrentHashMap<>();

  /**
   * What is opened once.
   *
   * @param policy what decides between threads and device
   * @param cores how many threads may compute
   * @param settings which device to take; null under {@link BackendPolicy#THREADS}, which reads
   *     none
   */
  record Key(BackendPolicy policy, int cores, OpenClSettings settings) {}

  /**
   * Opens nothing yet.
   *
   * @param openDevice opens the device that settings choose
   * @param idle keeps the layers that no task uses
   */
  SharedBackends(Function<OpenClSettings, OpenClBackend> openDevice, IdleLayers idle) {
    this.openDevice = openDevice;
    this.idle = idle;
  }

  /**
   * What computes under a policy, opened now if it is not open yet.
   *
   * @param key the policy, and what it depends on
   * @param assigned the GPUs of the task, or the executor, that asks; they decide if it is the
   *     first, for one executor has one device, whatever its tasks are given
   * @param conf the application's configuration
   * @throws BackendUnavailableException if the policy asks for a device that isn't there
   */
  ExecutorBackend open(Key key, List<String> assigned, SparkConf conf) {
    return open.computeIfAbsent(key, absent -> new OpenedOnce<>())
        .get(() -> choose(key, assigned, conf));
  }

  private ExecutorBackend choose(Key key, List<String> assigned, SparkConf conf) {
    AtomicReference<OpenClDevice> device = new AtomicReference<>();
    BackendChoice choice =
        Backends.choose(
            key.policy(),
            () -> threads.computeIfAbsent(key.cores(), ThreadsBackend::new),
            () -> {
              OpenClBackend backend = device(key.settings(), assigned, conf);
              device.set(backend.device());
              return backend;
            });
    return new ExecutorBackend(choice, device.get(), new LayerCache(idle));
  }

  /** A device on which the kernels don't compile is none. */
  private OpenClBackend device(OpenClSettings settings, List<String> assigned, SparkConf conf) {
    return devices
        .computeIfAbsent(settings, absent -> new OpenedOnce<>())
        .get(() -> openDevice(settings, assigned, conf))
        .backend();
  }

  private Device openDevice(OpenClSettings settings, List<String> assigned, SparkConf conf) {
    String warning = AssignedGpus.warning(assigned, settings, conf);
    if (warning != null) {
      LOG.warn(warning);
    }
    OpenClBackend backend = openDevice.apply(settings.withAssignedGpus(assigned));
    boolean usable = false;
    try {
      AttentionConfig smallest = AttentionConfig.builder(1, 1).build();
      backend
          .prepare(Program.attention(smallest), SeededWeights.attention(smallest, 0).tensors())
          .close();
      usable = true;
      return new Device(backend, assigned, new AtomicBoolean());
    } catch (DeviceException e) {
      throw new BackendUnavailableException(e.getMessage());
    } finally {
      if (!usable) {
        backend.close();
      }
    }
  }

  /** Says once of each device that a task has been given another. */
  void compare(OpenClSettings settings, List<String> assigned) {
    OpenedOnce<Device> device = devices.get(settings);
    if (device != null && device.now() != null && !assigned.isEmpty()) {
      device.now().compare(assigned);
    }
  }

  /** Bytes of memory of all devices that are open. */
  long deviceMemory() {
    return openDevices().mapToLong(backend -> backend.device().globalMemory()).sum();
  }

  /** Bytes that layers and launches hold on these devices. */
  long deviceMemoryHeld() {
    return openDevices().mapToLong(OpenClBackend::heldBytes).sum();
  }

  private Stream<OpenClBackend> openDevices() {
    return devices.values().stream()
        .map(OpenedOnce::now)
        .filter(Objects::nonNull)
        .map(Device::backend);
  }

  private record Device(OpenClBackend backend, List<String> assigned, AtomicBoolean said) {
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
