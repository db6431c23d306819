package io.github.sparkattention.plugin;

import io.github.sparkattention.kernels.AttentionBackend;
import io.github.sparkattention.kernels.AttentionConfig;
import io.github.sparkattention.kernels.AttentionWeights;
import io.github.sparkattention.kernels.BackendPolicy;
import io.github.sparkattention.kernels.Backends;
import io.github.sparkattention.kernels.opencl.OpenClSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one attention backend of an executor JVM, and the layers prepared on it.
 *
 * <p>It is opened when the first task needs it, with as many threads as the executor has cores or
 * on the one device that the settings and that task's assigned GPU choose, and stays open as long
 * as the JVM: all tasks together then use at most the executor's cores, or its device.
 */
public final class ExecutorBackend {
  private static final Logger LOG = LoggerFactory.getLogger(ExecutorBackend.class);

  /** Layers kept though no task uses them, for the next stage or micro-batch that asks. */
  private static final int IDLE_LAYERS = 4;

  private static final Map<Key, ExecutorBackend> OPEN = new HashMap<>();

  private final AttentionBackend backend;
  private final List<String> assignedGpus;
  private final LayerCache layers = new LayerCache(IDLE_LAYERS);
  private final AtomicBoolean saidOtherGpus = new AtomicBoolean();

  private ExecutorBackend(AttentionBackend backend, List<String> assignedGpus) {
    this.backend = backend;
    this.assignedGpus = assignedGpus;
  }

  /**
   * Takes a layer into use, and prepares it if no task of this JVM has done so.
   *
   * @param policy which backend computes it
   * @param fingerprint tells the configuration and the weights apart from all others
   * @param config the settings of the layer
   * @param weights gives the layer's weights; asked only if the layer isn't prepared
   * @return the lease, which the task closes
   */
  public static LayerLease lease(
      BackendPolicy policy,
      String fingerprint,
      AttentionConfig config,
      Supplier<AttentionWeights> weights) {
    ExecutorBackend open = open(policy);
    LayerCache.Entry entry =
        open.layers.acquire(fingerprint, () -> open.backend.prepare(config, weights.get()));
    return new LayerLease(open.layers, entry, open.backend.description());
  }

  private static ExecutorBackend open(BackendPolicy policy) {
    SparkEnv env = SparkEnv.get();
    SparkConf conf = env == null ? new SparkConf(false) : env.conf();
    boolean mayUseDevice = policy != BackendPolicy.THREADS;
    OpenClSettings settings =
        mayUseDevice ? AttentionSettings.openCl(conf) : OpenClSettings.DEFAULTS;
    List<String> assigned = mayUseDevice ? AssignedGpus.ofTask(settings) : List.of();
    // An application that starts in a JVM that another one has left may have other cores. Not the
    // assigned GPUs, though: one executor has one device, whatever its tasks are given.
    Key key = new Key(policy, ExecutorCores.count(), settings);
    ExecutorBackend open;
    synchronized (OPEN) {
      open = OPEN.computeIfAbsent(key, absent -> open(absent, assigned, conf));
    }
    open.check(assigned);
    return open;
  }

  private static ExecutorBackend open(Key key, List<String> assigned, SparkConf conf) {
    String warning = AssignedGpus.warning(assigned, key.settings(), conf);
    if (warning != null) {
      LOG.warn(warning);
    }
    AttentionBackend backend =
        Backends.open(key.policy(), key.threads(), key.settings().withAssignedGpus(assigned));
    SparkEnv env = SparkEnv.get();
    LOG.info(
        "Executor {} computes attention on {}",
        env == null ? "(none)" : env.executorId(),
        backend.description());
    return new ExecutorBackend(backend, assigned);
  }

  private void check(List<String> assigned) {
    if (!assigned.equals(assignedGpus) && saidOtherGpus.compareAndSet(false, true)) {
      LOG.warn(
          "Spark assigned the GPUs {} to one task and {} to another, but all tasks of an executor"
              + " use one device, here {}; give each executor one GPU",
          assignedGpus,
          assigned,
          backend.description());
    }
  }

  /** The layers prepared for a policy in this JVM, whose backend is opened if need be. */
  static LayerCache layers(BackendPolicy policy) {
    return open(policy).layers;
  }

  private record Key(BackendPolicy policy, int threads, OpenClSettings settings) {}
}
