package io.github.sparkattention.kernels.opencl;

import com.aparapi.device.OpenCLDevice;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The kernels of one launch thread, one per layer, each made when the thread first needs it. */
final class DeviceKernels implements DeviceQueue.Context {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceKernels.class);

  private final OpenCLDevice device;
  private final AtomicLong heldByAll;
  private final Map<LayerData, DeviceKernel> kernels = new HashMap<>();
  private long held;

  /**
   * Starts without any kernel.
   *
   * @param device where they run
   * @param heldByAll what the kernels of all launch threads hold on the device, in bytes
   */
  DeviceKernels(OpenCLDevice device, AtomicLong heldByAll) {
    this.device = device;
    this.heldByAll = heldByAll;
  }

  DeviceKernel of(LayerData layer) {
    return kernels.computeIfAbsent(layer, data -> new DeviceKernel(device, data));
  }

  /** Counts anew what these kernels hold; those of a thread that is retired stay counted. */
  void count() {
    long now = kernels.values().stream().mapToLong(DeviceKernel::bytes).sum();
    heldByAll.addAndGet(now - held);
    held = now;
  }

  @Override
  public void tidy() {
    kernels
        .entrySet()
        .removeIf(
            entry -> {
              boolean unused = entry.getKey().isClosed();
              if (unused) {
                dispose(entry.getValue());
              }
              return unused;
            });
    count();
  }

  @Override
  public void close() {
    kernels.values().forEach(DeviceKernels::dispose);
    kernels.clear();
    count();
  }

  private static void dispose(DeviceKernel kernel) {
    try {
      kernel.close();
    } catch (RuntimeException e) {
      // A device that failed may fail at this, too; its memory goes with the process.
      LOG.warn("A kernel could not be freed: {}", e.toString());
    }
  }
}
