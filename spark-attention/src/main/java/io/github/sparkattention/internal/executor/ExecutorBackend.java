package io.github.sparkattention.internal.executor;

import io.github.sparkattention.kernels.Backend;
import io.github.sparkattention.kernels.BackendUnavailableException;
import io.github.sparkattention.kernels.Device;
import io.github.sparkattention.kernels.PreparedMemory;
import io.github.sparkattention.kernels.Program;
import io.github.sparkattention.kernels.Tensors;
import io.github.sparkattention.kernels.backends.BackendChoice;
import io.github.sparkattention.kernels.backends.BackendPolicy;
import java.time.Instant;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/**
 * What computes under one policy in an executor JVM, and the programs prepared on it.
 *
 * <p>It is opened when the executor starts, if the application has the plugin, or else when the
 * first task needs it; with as many threads as the executor has cores or on the one device that the
 * settings and the assigned GPU choose. It stays open as long as the JVM: all tasks together then
 * use at most the executor's cores, or its device.
 */
public final class ExecutorBackend {
  private static final IdlePrograms IDLE = new IdlePrograms(PreparedMemory.NONE);
  private static final SharedBackends SHARED = new SharedBackends(BackendPolicy::providers, IDLE);
  private static final ExecutorTotals TOTALS = new ExecutorTotals();

  private static volatile Consumer<ExecutorBackend> onUse = backend -> {};

  private final BackendChoice choice;
  private final Instant since = Instant.now();
  private final PreparedPrograms programs;

  ExecutorBackend(BackendChoice choice, PreparedPrograms programs) {
    this.choice = choice;
    this.programs = programs;
  }

  /**
   * Takes a program into use, and prepares it if no task of this JVM has done so.
   *
   * @param policy which backend computes it
   * @param fingerprint tells the program and the weights apart from all others
   * @param program what is computed
   * @param weights gives the program's weights; asked only if the program isn't prepared
   * @return the lease, which the task closes
   */
  public static Lease lease(
      BackendPolicy policy, String fingerprint, Program program, Supplier<Tensors> weights) {
    ExecutorBackend open = open(policy, AssignedGpus::ofTask);
    onUse.accept(open);
    IDLE.bound(mostIdle());
    Backend backend = open.choice.backend();
    return open.programs.lease(
        fingerprint,
        open.describe(),
        () -> new CountedProgram(backend.prepare(program, weights.get()), TOTALS));
  }

  private static PreparedMemory mostIdle() {
    double share = AttentionSettings.idlePrograms(conf());
    return new PreparedMemory(
        (long) (share * Runtime.getRuntime().maxMemory()), (long) (share * deviceMemory()));
  }

  private static SparkConf conf() {
    SparkEnv env = SparkEnv.get();
    return env == null ? new SparkConf(false) : env.conf();
  }

  /**
   * Opens what a policy takes, if it is not open yet.
   *
   * @param policy which backend to open
   * @param assigned gives the GPUs that Spark has assigned to whoever asks
   * @throws BackendUnavailableException if the policy asks for a device and there is no usable one
   */
  public static ExecutorBackend open(BackendPolicy policy, Supplier<List<String>> assigned) {
    return SHARED.open(policy, ExecutorCores.count(), assigned.get(), conf());
  }

  /**
   * Names who is told of each backend that a task is about to use.
   *
   * @param listener called by tasks, often
   */
  public static void onUse(Consumer<ExecutorBackend> listener) {
    onUse = listener;
  }

  /** What all backends of this JVM have computed together. */
  public static ExecutorTotals totals() {
    return TOTALS;
  }

  /** Bytes of memory of the devices that are open in this JVM. */
  public static long deviceMemory() {
    return SHARED.deviceMemory();
  }

  /** Bytes that programs and launches hold on the devices now. */
  public static long deviceMemoryHeld() {
    return SHARED.deviceMemoryHeld();
  }

  /** What the driver is told. */
  public ExecutorReport report(String executorId, String host) {
    Device device = choice.backend().device();
    return new ExecutorReport(
        executorId,
        host,
        choice.backend().description(),
        device == null ? null : device.name(),
        device == null ? 0 : device.memory(),
        choice.fallback(),
        choice.reason(),
        since);
  }

  /** What computes and, where it isn't what the policy prefers, why. */
  public String describe() {
    String backend = choice.backend().description();
    return choice.fallback() ? backend + ", since " + choice.reason() : backend;
  }

  /** The programs prepared for a policy in this JVM, whose backend is opened if need be. */
  public static PreparedPrograms programs(BackendPolicy policy) {
    return open(policy, AssignedGpus::ofTask).programs;
  }
}
