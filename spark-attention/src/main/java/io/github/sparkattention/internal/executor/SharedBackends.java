package io.github.sparkattention.internal.executor;

import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.BackendProvider;
import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.DeviceException;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Settings;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import io.github.sparkattention.kernels.backends.Backends;
import io.github.sparkattention.kernels.contract.SeededWeights;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this JVM has opened for each policy, and below it the Java threads and the devices that all
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

  /** Where Spark lets its users write options of Java: for executors, and for local mode. */
  private static final String JAVA_OPTIONS =
      "spark.executor.extraJavaOptions and spark.driver.extraJavaOptions";

  private final Function<BackendPolicy, List<BackendProvider>> providers;
  private final IdlePrograms idle;
  private final Map<Key, OpenedOnce<ExecutorBackend>> open = new ConcurrentHashMap<>();
  private final Map<Integer, Backend> threads = new ConcurrentHashMap<>();
  private final Map<DeviceKey, OpenedOnce<OpenDevice>> devices = new ConcurrentHashMap<>();

  /** What is opened once: a policy, with as many threads, and on one of these devices. */
  private record Key(BackendPolicy policy, int cores, List<DeviceKey> devices) {}

  /** The device of a backend that its settings choose. */
  private record DeviceKey(BackendProvider provider, Settings settings) {
    boolean takesAssignedGpus() {
      return provider.takesAssignedGpus(settings);
    }
  }

  /**
   * Opens nothing yet.
   *
   * @param providers gives those whose devices a policy may take
   * @param idle keeps the programs that no task uses
   */
  SharedBackends(Function<BackendPolicy, List<BackendProvider>> providers, IdlePrograms idle) {
    this.providers = providers;
    this.idle = idle;
  }

  /**
   * What computes under a policy, opened now if it is not open yet.
   *
   * @param policy what decides between threads and devices
   * @param cores how many threads may compute
   * @param assigned the GPUs of the task, or the executor, that asks; they decide if it is the
   *     first, for one executor has one device, whatever its tasks are given
   * @param conf the application's configuration
   * @throws BackendUnavailableException if the policy asks for a device that isn't there
   */
  ExecutorBackend open(BackendPolicy policy, int cores, List<String> assigned, SparkConf conf) {
    List<BackendProvider> allowed = providers.apply(policy);
    Map<BackendProvider, DeviceKey> keys = new HashMap<>();
    for (BackendProvider provider : allowed) {
      keys.put(provider, new DeviceKey(provider, AttentionSettings.of(provider, conf)));
    }
    Key key = new Key(policy, cores, allowed.stream().map(keys::get).toList());
    ExecutorBackend backend =
        open.computeIfAbsent(key, absent -> new OpenedOnce<>())
            .get(
                () ->
                    new ExecutorBackend(
                        Backends.choose(
                            policy,
                            allowed,
                            () -> threads.computeIfAbsent(cores, SharedBackends::javaThreads),
                            provider -> device(keys.get(provider), assigned, conf)),
                        new PreparedPrograms(idle)));
    keys.values().forEach(device -> compare(device, assigned));
    return backend;
  }

  private static Backend javaThreads(int cores) {
    return Backends.threads(cores, JAVA_OPTIONS);
  }

  /** A device on which programs can't be prepared is none. */
  private Backend device(DeviceKey key, List<String> assigned, SparkConf conf) {
    return devices
        .computeIfAbsent(key, absent -> new OpenedOnce<>())
        .get(() -> openDevice(key, key.takesAssignedGpus() ? assigned : List.of(), conf))
        .backend();
  }

  private static OpenDevice openDevice(DeviceKey key, List<String> assigned, SparkConf conf) {
    String warning = key.takesAssignedGpus() ? AssignedGpus.warning(assigned, conf) : null;
    if (warning != null) {
      LOG.warn(warning);
    }
    Backend backend = key.provider().open(key.settings(), assigned);
    boolean usable = false;
    try {
      AttentionConfig smallest = AttentionConfig.builder(1, 1).build();
      backend
          .prepare(Program.attention(smallest), SeededWeights.attention(smallest, 0).tensors())
          .close();
      usable = true;
      return new OpenDevice(backend, assigned, new AtomicBoolean());
    } catch (DeviceException e) {
      throw new BackendUnavailableException(e.getMessage());
    } finally {
      if (!usable) {
        backend.close();
      }
    }
  }

  /** Says once of each device that a task has been given another. */
  private void compare(DeviceKey key, List<String> assigned) {
    OpenedOnce<OpenDevice> device = devices.get(key);
    if (device != null && device.now() != null && !assigned.isEmpty() && key.takesAssignedGpus()) {
      device.now().compare(assigned);
    }
  }

  /** Bytes of memory of all devices that are open. */
  long deviceMemory() {
    return openDevices().mapToLong(backend -> backend.device().memory()).sum();
  }

  /** Bytes that programs and launches hold on these devices. */
  long deviceMemoryHeld() {
    return openDevices().mapToLong(Backend::heldBytes).sum();
  }

  private Stream<Backend> openDevices() {
    return devices.values().stream()
        .map(OpenedOnce::now)
        .filter(Objects::nonNull)
        .map(OpenDevice::backend);
  }

  private record OpenDevice(Backend backend, List<String> assigned, AtomicBoolean said) {
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
