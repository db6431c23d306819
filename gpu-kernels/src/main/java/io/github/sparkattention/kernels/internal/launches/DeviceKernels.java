package io.github.sparkattention.kernels.internal.launches;

import com.aparapi.device.OpenCLDevice;
import io.github.sparkattention.kernels.internal.device.Launch;
import io.github.sparkattention.kernels.internal.device.ProgramData;
import io.github.sparkattention.kernels.internal.device.WorkGroup;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernels of one launch thread, one per program, each made when the thread first needs it.
 * Together they stay within the budget: those used longest ago are freed, and made again, weights
 * and all, when their program has a launch.
 */
public final class DeviceKernels implements DeviceQueue.Context {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceKernels.class);

  private final OpenCLDevice device;
  private final int mostItems;
  private final DeviceBudget budget;
  private final AtomicLong heldByAll;
  private final Map<ProgramData, DeviceKernel> kernels = new LinkedHashMap<>(16, 0.75f, true);

  /** The largest work group that the next kernel may have; smaller once one had to be smaller. */
  private WorkGroup group;

  /** What of {@link #heldByAll} is this thread's. */
  private long counted;

  /**
   * A thread without kernels.
   *
   * @param device the device
   * @param group the largest work group that a kernel may have
   * @param mostItems work items that the device allows in a group
   * @param budget what a launch may take, and all kernels of the thread together
   * @param heldByAll counts the bytes that all threads hold
   */
  public DeviceKernels(
      OpenCLDevice device,
      WorkGroup group,
      int mostItems,
      DeviceBudget budget,
      AtomicLong heldByAll) {
    this.device = device;
    this.group = group;
    this.mostItems = mostItems;
    this.budget = budget;
    this.heldByAll = heldByAll;
  }

  /** Makes a program's kernel, so that what can't run fails now. */
  public void prepare(ProgramData data) {
    of(data, data.weightBytes());
  }

  /** Runs a launch, as {@link DeviceKernel#run} does. */
  public Runnable run(
      ProgramData data,
      Launch launch,
      long number,
      LaunchHook hook,
      PassCost cost,
      DeviceQueue.Caller caller) {
    long bytes = DeviceBudget.bytes(data, caller.read(() -> launch.size(data)));
    return of(data, bytes).run(launch, number, hook, cost, caller);
  }

  private DeviceKernel of(ProgramData data, long bytes) {
    // Looked up first, which makes it the one that was used last.
    DeviceKernel own = kernels.get(data);
    makeRoom(own == null ? bytes : Math.max(0, bytes - own.bytes()));
    return kernels.computeIfAbsent(data, this::make);
  }

  private void makeRoom(long more) {
    long held = held();
    Iterator<Map.Entry<ProgramData, DeviceKernel>> eldestFirst = kernels.entrySet().iterator();
    while (held + more > budget.mostHeld() && eldestFirst.hasNext()) {
      Map.Entry<ProgramData, DeviceKernel> eldest = eldestFirst.next();
      ProgramData data = eldest.getKey();
      DeviceKernel kernel = eldest.getValue();
      held -= kernel.bytes();
      eldestFirst.remove();
      dispose(data, kernel);
    }
  }

  private DeviceKernel make(ProgramData data) {
    DeviceKernel kernel = new DeviceKernel(device, data, group, mostItems);
    group = kernel.group();
    return kernel;
  }

  private long held() {
    return kernels.values().stream().mapToLong(DeviceKernel::bytes).sum();
  }

  /** Counts anew what these kernels hold; those of a thread that is retired stay counted. */
  public void count() {
    kernels.forEach((data, kernel) -> data.holds(this, kernel.bytes()));
    long held = held();
    heldByAll.addAndGet(held - counted);
    counted = held;
  }

  @Override
  public void tidy() {
    kernels
        .entrySet()
        .removeIf(
            entry -> {
              boolean unused = entry.getKey().isClosed();
              if (unused) {
                dispose(entry.getKey(), entry.getValue());
              }
              return unused;
            });
    count();
  }

  @Override
  public void close() {
    kernels.forEach(this::dispose);
    kernels.clear();
    count();
  }

  private void dispose(ProgramData data, DeviceKernel kernel) {
    data.holds(this, 0);
    try {
      kernel.close();
    } catch (RuntimeException e) {
      // A device that failed may fail at this, too; its memory goes with the process.
      LOG.warn("A kernel could not be freed: {}", e.toString());
    }
  }
}
