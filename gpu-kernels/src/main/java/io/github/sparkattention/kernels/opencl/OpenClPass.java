package io.github.sparkattention.kernels.opencl;

import io.github.sparkattention.kernels.Cancellation;
import io.github.sparkattention.kernels.Pass;
import io.github.sparkattention.kernels.PassReport;
import io.github.sparkattention.kernels.internal.device.Launch;
import io.github.sparkattention.kernels.internal.device.ProgramData;
import io.github.sparkattention.kernels.internal.launches.DeviceKernels;
import io.github.sparkattention.kernels.internal.launches.DeviceMemoryException;
import io.github.sparkattention.kernels.internal.launches.DeviceQueue;
import io.github.sparkattention.kernels.internal.launches.PassCost;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A batch on its way through the device, in one launch or several. */
final class OpenClPass implements Pass {
  private final OpenClBackend backend;
  private final ProgramData data;
  private final Cancellation cancellation;
  private final PassCost cost = new PassCost();

  /** A task that ends may cancel the pass while another thread of it still waits. */
  private final Queue<Running> launches = new ConcurrentLinkedQueue<>();

  /** A launch that waits for the device, runs, or has run. */
  private record Running(Launch launch, DeviceQueue<DeviceKernels>.Job job) {}

  /** Begins all launches; they may be halved later. */
  OpenClPass(
      OpenClBackend backend, ProgramData data, List<Launch> parts, Cancellation cancellation) {
    this.backend = backend;
    this.data = data;
    this.cancellation = cancellation;
    boolean begun = false;
    try {
      parts.forEach(part -> launches.add(begin(part)));
      begun = true;
    } finally {
      if (!begun) {
        cancel();
      }
    }
  }

  private Running begin(Launch launch) {
    return new Running(launch, backend.begin(data, launch, cost));
  }

  @Override
  public PassReport await() {
    try {
      for (Running first = launches.peek(); first != null; first = launches.peek()) {
        cancellation.check();
        try {
          backend.await(first.job(), cancellation);
          launches.remove(first);
        } catch (DeviceMemoryException e) {
          launches.remove(first);
          halve(first.launch(), e);
        }
      }
      // Whoever ended the pass meanwhile has left nothing to wait for.
      cancellation.check();
      return cost.report();
    } finally {
      cancel();
    }
  }

  private void halve(Launch launch, DeviceMemoryException failure) {
    if (launch.end() - launch.begin() == 1) {
      // Within the budget, and still too large: something is wrong with the device.
      backend.countFailure(failure);
      throw failure;
    }
    backend.countSplit();
    cost.split();
    int middle = (launch.begin() + launch.end()) >>> 1;
    launches.add(begin(launch.part(launch.begin(), middle)));
    launches.add(begin(launch.part(middle, launch.end())));
  }

  @Override
  public void cancel() {
    launches.forEach(running -> running.job().cancel());
    launches.clear();
  }
}
