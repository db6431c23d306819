package io.github.sparkattention.kernels.opencl;

import com.aparapi.device.OpenCLDevice;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The kernels of one launch thread, one per layer, each made when the thread first needs it. */
final class DeviceKernels implements DeviceQueue.Context {
  private static final Logger LOG = LoggerFactory.getLogger(DeviceKernels.class);

  private final OpenCLDevice device;
  private final Map<LayerData, DeviceKernel> kernels = new HashMap<>();

  DeviceKernels(OpenCLDevice device) {
    this.device = device;
  }

  DeviceKernel of(LayerData layer) {
    return kernels.computeIfAbsent(layer, data -> new DeviceKernel(device, data));
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
  }

  @Override
  public void close() {
    kernels.values().forEach(DeviceKernels::dispose);
    kernels.clear();
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
